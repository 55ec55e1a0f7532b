import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { manualLines } from "../../../src/cli/render/docs.ts";
import { topicNames } from "../../../src/domain/docs/topics.ts";
import { root } from "../../helpers/binary.ts";

const VIEW = { width: 24, colour: false };

test.each([
  ["a heading", "## Some words", ["## Some words"]],
  ["a long paragraph", "one two three four five six", ["one two three four five", "six"]],
  ["an item of a list", "- one two three four five six", ["- one two three four", "  five six"]],
  ["a numbered item", "1. one two three four five", ["1. one two three four", "   five"]],
  ["a word that is too long", `a ${"b".repeat(30)} c`, ["a", "b".repeat(30), "c"]],
  [
    "code",
    "```sh\na  very long line of a shell\n```\nb",
    ["    a  very long line of a shell", "b"],
  ],
  ["a link, and bold", "see **the** [guide](guide.md#a)", ["see the guide"]],
  ["an address", "[x](https://a.b/)", ["x <https://a.b/>"]],
  ["a comment", "<!-- made -->\nb", ["b"]],
  ["a table", "| a | b |\n|---|---|\n| `x\\|y` | z |\n\nb", ["  `x|y`", "    z", "", "b"]],
  [
    "a table of three columns",
    "| a | b | c |\n| --- | --- | --- |\n| x | y | z |\n| u | | w |",
    ["  x", "    b: y", "    c: z", "  u", "    c: w"],
  ],
])("%s", (_what, markdown, lines) => {
  expect(manualLines(markdown, VIEW)).toEqual(lines);
});

test("headings are bold where colours are allowed", () => {
  expect(manualLines("# A\nb", { width: 80, colour: true })).toEqual([
    "\u001b[1m# A\u001b[22m",
    "b",
  ]);
});

test.each(topicNames())("only code and single words of %s are wider than the terminal", (topic) => {
  const text = readFileSync(join(root, `docs/${topic}.md`), "utf8");
  const wide = manualLines(text, { width: 80, colour: false }).filter(
    (line) => Bun.stringWidth(line) > 80 && !line.startsWith("    ") && !/^\S+$/.test(line),
  );
  expect(wide).toEqual([]);
});
