import { describe, expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { type LogPattern, logPattern, requiredLiteral } from "../../../src/domain/logs/pattern.ts";

const pattern = (text: string, isRegex = false): LogPattern => {
  const made = logPattern(text, isRegex);
  if ("error" in made) throw new Error(made.error);
  return made;
};

describe("-g", () => {
  test.each([
    ["error", "An ERROR occurred", true],
    ["Error", "no errors", true],
    ["a.c", "abc", false],
    ["a.c", "xA.Cx", true],
    ["[x]*", "an [X]* here", true],
    ["größe", "GRÖSSE Größe", true],
    ["ä", "Ä", true],
    ["b", "abc", true],
    ["missing", "nothing here", false],
  ])("%j in %j: %p", (text, line, expected) => expect(pattern(text).matches(line)).toBe(expected));

  test("looks for the longest ASCII part of a literal in bulk", () => {
    expect(pattern("Größe über 10").literal).toBe("ber 10");
    expect(pattern("äöü").literal).toBe("");
  });
});

describe("-E", () => {
  test.each([
    ["err(or)?$", "an ERR", true],
    ["^\\d+ ms", "12 ms", true],
    ["a|b", "xbx", true],
    ["^x", "yx", false],
  ])("/%s/ in %j: %p", (text, line, expected) =>
    expect(pattern(text, true).matches(line)).toBe(expected),
  );

  test("an invalid expression is an error with the reason", () => {
    const made = logPattern("(", true);
    expect(made).toEqual({ error: "missing )" });
  });

  test.each([
    ["error", "error"],
    ["status [45]\\d\\d after", "status "],
    ["colou?r", "colo"],
    ["ab+cd", "ab"],
    ["ab{2}cde", "cde"],
    ["ab*cde", "cde"],
    ["(abc|def)gh", "gh"],
    ["(?:abc)?gh", "gh"],
    ["abc|def", ""],
    ["(a|b)", ""],
    ["a\\.b\\/c", "a.b/c"],
    ["\\x41bcd", ""],
    ["\\bword\\b", "word"],
    ["^start", "start"],
    ["[)(|]xy", "xy"],
    ["a\\|b", "a|b"],
    ["(?!no)yes", "yes"],
  ])("every match of /%s/ contains %j", (source, literal) =>
    expect(requiredLiteral(source)).toBe(literal),
  );

  test("what is looked for in bulk is in every match", () => {
    const atom = fc.constantFrom(
      "a",
      "b",
      "A",
      ".",
      "[ab]",
      "(a|b)",
      "(?:ab)",
      "\\d",
      "\\.",
      "\\b",
      "^",
      "$",
      "|",
      "\\x61",
      "(?=a)",
    );
    const quantifier = fc.constantFrom("", "", "", "*", "?", "+", "{2}", "{0,1}", "+?");
    const source = fc
      .array(fc.tuple(atom, quantifier), { maxLength: 6 })
      .map((parts) => parts.map((part) => part.join("")).join(""));
    const line = fc.string({
      unit: fc.constantFrom("a", "b", "A", "B", ".", "1", "\n"),
      maxLength: 12,
    });
    fc.assert(
      fc.property(source, line, (text, given) => {
        const made = logPattern(text, true);
        if ("error" in made || !made.matches(given)) return;
        expect(given.toLowerCase()).toContain(made.literal);
      }),
      { numRuns: 3000 },
    );
  });
});
