import { expect, test } from "bun:test";
import { keysHelp, keysIn, moved, selectedOf } from "../../../src/cli/render/live-keys.ts";

test.each([
  ["j", ["down"]],
  ["\u001b[A", ["up"]],
  ["\u001bOB", ["down"]],
  ["jjr", ["down", "down", "restart"]],
  ["\u001b[Bs", ["down", "stop"]],
  ["\r", ["attach"]],
  ["lq", ["logs", "leave"]],
  ["\u0003\u001a", ["interrupt", "suspend"]],
  ["", []],
  ["x", []],
  ["R", []],
  ["\u001b", []],
  ["\u001b[1;5A\u001b[3~", []],
  ["é\u{1f600}", []],
  ["__s__r", ["stop", "restart"]],
] as [string, string[]][])("%j are the keys %j", (typed, keys) => {
  expect(keysIn(typed)).toEqual(keys as never);
});

const NAMES = ["api", "db", "web"];

test.each([
  [NAMES, null, "api"],
  [NAMES, "db", "db"],
  [NAMES, "gone", "api"],
  [[], "db", null],
])("of %j, with %j before, %j is selected", (names, before, selected) => {
  expect(selectedOf(names, before)).toBe(selected);
});

test.each([
  [NAMES, null, "down", "db"],
  [NAMES, "db", "down", "web"],
  [NAMES, "web", "down", "web"],
  [NAMES, "db", "up", "api"],
  [NAMES, "api", "up", "api"],
  [NAMES, "gone", "down", "db"],
  [[], null, "down", null],
] as [string[], string | null, "up" | "down", string | null][])(
  "in %j, %j and %s lead to %j",
  (names, before, key, selected) => {
    expect(moved(names, before, key)).toBe(selected);
  },
);

const ALL = "up/down select, r restart, s stop, l logs, enter attach, q leave";

test.each([
  [80, `${ALL}; times: UTC`],
  [76, `${ALL}; times: UTC`],
  [75, ALL],
  [64, ALL],
  [63, "r restart, s stop, l logs, enter attach, q leave"],
  [48, "r restart, s stop, l logs, enter attach, q leave"],
  [47, "q leave"],
  [5, "q leave"],
])("the help in %d columns has the key that leaves: %s", (width, help) => {
  expect(keysHelp("UTC", width)).toBe(help);
});
