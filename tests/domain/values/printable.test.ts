import { describe, expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import {
  printable,
  printableJson,
  printableLine,
  printableValue,
  printableWithColour,
} from "../../../src/domain/values/printable.ts";

describe("printable", () => {
  test.each([
    ["plain text", "web: ok\tünï 漢字 🎉\nnext", "web: ok\tünï 漢字 🎉\nnext"],
    ["a title", "\x1b]0;owned\x07ok", "\uFFFD]0;owned\uFFFDok"],
    ["OSC 52, the clipboard", "\x1b]52;c;cm0=\x1b\\", "\uFFFD]52;c;cm0=\uFFFD\\"],
    ["a request that the terminal answers", "\x1b[6n", "\uFFFD[6n"],
    ["a colour", "\x1b[31mred\x1b[0m", "red"],
    ["a colour with colons", "\x1b[38:2::255:0:0mred\x1b[m", "red"],
    ["C1: CSI and OSC in one character", "\x9b31m\x9d0;x\x9c", "\uFFFD31m\uFFFD0;x\uFFFD"],
    ["backspace, DEL, NUL, bell", "a\bb\x7fc\0d\x07", "a\uFFFDb\uFFFDc\uFFFDd\uFFFD"],
    ["a line of Windows", "one\r\ntwo", "one\ntwo"],
    ["a line that is overwritten", "one\rtwo", "one\uFFFDtwo"],
    ["a sequence that arises when another is taken out", "\x1b\x1b[0m[6n", "\uFFFD[6n"],
    ["nothing", "", ""],
  ])("%s", (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

test("printableLine has no line feed and no tab", () => {
  expect(printableLine("  one\n\ttwo\x1b[2J \r\n three ")).toBe("one two\uFFFD[2J three");
});

test("printableWithColour keeps colours and nothing else", () => {
  expect(printableWithColour("\x1b[1;31mred\x1b[0m \x1b[2J\x1b]0;x\x07\x9b31m")).toBe(
    "\x1b[1;31mred\x1b[0m \uFFFD[2J\uFFFD]0;x\uFFFD\uFFFD31m",
  );
});

test("printableValue reaches every string of a result", () => {
  const value = { "\x1b": ["\x07", { deep: "\x9b", number: 1, none: null, yes: true }] };
  expect(printableValue(value) as unknown).toEqual({
    "\uFFFD": ["\uFFFD", { deep: "\uFFFD", number: 1, none: null, yes: true }],
  });
});

/** Text with many control characters, and whole sequences of them. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "\x1b",
        "\x1b[",
        "\x1b]0;",
        "\x9b",
        "31m",
        "\x07",
        "\x1b\\",
        "\r",
        "\n",
        "\x1b[0m",
      ),
    ),
  )
  .map((parts) => parts.join(""));

test("nothing that a terminal obeys is left of any text", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(printable(text)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      const coloured = printableWithColour(text);
      expect(coloured.replace(/\x1b\[[0-9;:]*m/g, "")).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      expect(printableLine(text)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
      const json = printableJson({ [text]: text });
      expect(json).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
      expect(JSON.parse(json)).toEqual({ [text]: text });
    }),
  );
});

test("text without control characters stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(printable(text)).toBe(text);
      expect(printableWithColour(text)).toBe(text);
    }),
  );
});
