import { expect, test } from "bun:test";
import { globMatcher, isGlob } from "../../../src/domain/values/glob.ts";

test.each([
  ["*", "web", true],
  ["*", "", true],
  ["**", "web", true],
  ["web*", "web", true],
  ["*b", "web", true],
  ["w*b*", "web", true],
  ["w*x", "web", false],
  ["?", "w", true],
  ["?", "we", false],
  ["?", "", false],
  ["w?b", "web", true],
  ["[aw]eb", "web", true],
  ["[a-c]", "b", true],
  ["[a-c]", "d", false],
  ["[a-cx-z_]", "_", true],
  ["[!a-c]", "d", true],
  ["[^a-c]", "b", false],
  ["[a-]", "-", true],
  ["[]a]", "]", true],
  ["[!]a]", "]", false],
  ["[z-a]", "m", false],
  ["[*]", "*", true],
  ["[*]", "a", false],
  ["[a", "[a", true],
  ["[]", "[]", true],
  ["a.b*", "axb", false],
  ["\\w*", "web", false],
  ["WEB*", "web", false],
])("'%s' and '%s': %p", (glob, name, expected) => {
  expect(globMatcher(glob)(name)).toBe(expected);
});

test("a glob with many stars is tried in time that grows with its length only", () => {
  expect(globMatcher(`${"*a".repeat(30)}*b`)("a".repeat(64))).toBe(false);
});

test.each([
  ["web", false],
  ["a.b-c_d", false],
  ["api-*", true],
  ["api-?", true],
  ["[ab]", true],
])("'%s' is a glob: %p", (word, expected) => {
  expect(isGlob(word)).toBe(expected);
});
