import { expect, test } from "bun:test";
import { actionOf, neighbour } from "../../src/page/keys.ts";

const PLAIN = { ctrlKey: false, metaKey: false, altKey: false };

test.each([
  ["j", "next"],
  ["k", "previous"],
  ["a", "all"],
  ["w", "why"],
  ["/", "filter"],
  ["f", "follow"],
  ["x", null],
  ["Enter", null],
  ["constructor", null],
] as const)("the key %s does: %s", (key, action) => {
  expect(actionOf({ ...PLAIN, key }, false)).toBe(action);
  expect(actionOf({ ...PLAIN, key }, true)).toBeNull();
  for (const modifier of ["ctrlKey", "metaKey", "altKey"])
    expect(actionOf({ ...PLAIN, key, [modifier]: true }, false)).toBeNull();
});

const NAMES = ["db", "api", "web"];

test.each([
  ["db", "next", "api"],
  ["web", "next", "web"],
  ["api", "previous", "db"],
  ["db", "previous", "db"],
  [null, "next", "db"],
  ["*", "previous", "web"],
] as const)("from %s the %s one is %s", (from, way, to) => {
  expect(neighbour(NAMES, from, way)).toBe(to);
  expect(neighbour([], from, way)).toBeNull();
});
