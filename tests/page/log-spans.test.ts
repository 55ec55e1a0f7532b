import { expect, test } from "bun:test";
import { fc } from "../helpers/property.ts";
import { logSpans, plainText, searchFor, withMatches } from "../../src/page/log-spans.ts";

/** `text` with its classes in brackets before it, the matches in braces. */
const shown = (spans: ReturnType<typeof logSpans>): string =>
  spans
    .map(({ text, classes, match }) => {
      const marked = match ? `{${text}}` : text;
      return classes.length === 0 ? marked : `[${classes.join(" ")}]${marked}`;
    })
    .join("");

test.each([
  ["plain", "plain"],
  ["\x1b[31mred\x1b[0m rest", "[fg-1]red rest"],
  ["\x1b[1;94mtwo\x1b[22mone\x1b[39mnone", "[fg-12 bold]two[fg-12]onenone"],
  ["\x1b[30;43mon yellow\x1b[49;39m.", "[fg-0 bg-3]on yellow."],
  ["\x1b[mreset", "reset"],
  ["\x1b[38;5;9mbright\x1b[38;5;196mcube\x1b[38;5;240mgrey", "[fg-9]bright[fg-9]cube[fg-8]grey"],
  ["\x1b[38;2;20;200;30mgreen\x1b[48:2:0:0:120mon blue", "[fg-2]green[fg-2 bg-4]on blue"],
  ["\x1b[38;5mcut short", "[fg-0]cut short"],
  ["\x1b[999mnothing known", "nothing known"],
  ["\x1b[3;4;7;9mall\x1b[23;24;27;29mnone", "[italic underline inverse struck]allnone"],
])("%j has the spans %s", (line, spans) => {
  expect(shown(logSpans(line))).toBe(spans);
});

test.each([
  ["\x1b]0;title\x07", "^[]0;title^G"],
  ["\x1b[2J", "^[[2J"],
  ["a\tb", "a\tb"],
  ["\x7f\x9b", "^?\ufffd"],
])("what a terminal would applySgr in %j is shown as %s", (line, text) => {
  expect(shown(logSpans(line))).toBe(text);
});

test.each([
  ["abc", "B", "a{b}c"],
  ["a.c abc", ".", "a{.}c abc"],
  ["no", "x", "no"],
  ["\x1b[31mre\x1b[0md red", "RED", "[fg-1]{re}{d} {red}"],
  ["aaaa", "aa", "{aa}{aa}"],
  ["(x) [y]", "[y", "(x) {[y}]"],
  ["STRASSE", "straße", "STRASSE"],
])("in %j the search for %j finds %s", (line, words, found) => {
  expect(shown(withMatches(logSpans(line), searchFor(words)!))).toBe(found);
});

test("of thousands of matches the first are marked", () => {
  const spans = withMatches(logSpans("x".repeat(10_000)), searchFor("x")!);
  expect(spans).toHaveLength(201);
});

test("no words are no search", () => {
  expect(searchFor("")).toBeNull();
});

test("whatever a line holds, its spans are its text, with or without a search", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\x1b[31m", "\x1b[0m", "\x1b", "[", "m", "\x1b[38;5;", "a"),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.string({ minLength: 1 }), (pieces, words) => {
      const line = pieces.join("");
      const spans = logSpans(line);
      const text = (of: typeof spans) => of.map((span) => span.text).join("");
      expect(text(spans)).toBe(plainText(line));
      expect(text(withMatches(spans, searchFor(words)!))).toBe(plainText(line));
      expect(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/.test(text(spans))).toBe(false);
    }),
  );
});
