import { expect, test } from "bun:test";
import { candidatesOf, fnv1a, parseFlexible } from "../../../src/domain/ports/setting.ts";

test.each([
  ["3000+", { kind: "from", first: 3000 }],
  ["1+", { kind: "from", first: 1 }],
  ["65535+", { kind: "from", first: 65535 }],
  ["auto", { kind: "auto" }],
] as const)("%j is a port that is chosen", (setting, flexible) => {
  expect(parseFlexible(setting)).toEqual(flexible);
});

test.each([3000, null, "3000", "0+", "65536+", "99999+", "+", "-1+", "3000 +", "Auto", "1e3+"])(
  "%j is not",
  (setting) => {
    expect(parseFlexible(setting)).toBeNull();
  },
);

test("a fixed port has no other", () => {
  expect(candidatesOf(3000, "shop", "api")).toEqual([3000]);
});

test('"3000+" goes up to 3099', () => {
  const ports = candidatesOf("3000+", "shop", "api");
  expect([ports[0], ports[1], ports.at(-1), ports.length]).toEqual([3000, 3001, 3099, 100]);
});

test("no port is above 65535", () => {
  expect(candidatesOf("65534+", "shop", "api")).toEqual([65534, 65535]);
});

test('"auto" depends on the names of the session and the task only', () => {
  const [first] = candidatesOf("auto", "shop", "api");
  expect(first).toBe(20_000 + (fnv1a("shop/api") % 10_000));
  expect(candidatesOf("auto", "shop", "api")[0]).toBe(first);
  expect(candidatesOf("auto", "shop-fix", "api")[0]).not.toBe(first);
  expect(candidatesOf("auto", "shop", "web")[0]).not.toBe(first);
});

// The published test vectors of FNV-1a.
test.each([
  ["", 0x811c9dc5],
  ["a", 0xe40c292c],
  ["foobar", 0xbf9cf968],
])("fnv1a of %j", (text, hash) => {
  expect(fnv1a(text)).toBe(hash);
});
