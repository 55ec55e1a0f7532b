import { expect, test } from "bun:test";
import { chosenNames } from "../../../src/domain/tasks/chosen-names.ts";

const KNOWN = ["web", "api-2", "api-10", "api-1", "a.b", "_x", "API"];

test.each([
  [[], []],
  [["web"], ["web"]],
  [
    ["web", "api-1", "web"],
    ["web", "api-1"],
  ],
  [["api-*"], ["api-2", "api-10", "api-1"]],
  [["api-?"], ["api-2", "api-1"]],
  [["api-[12]"], ["api-2", "api-1"]],
  [["api-[0-1]*"], ["api-10", "api-1"]],
  [["api-[!2]"], ["api-1"]],
  [["api-[^2]"], ["api-1"]],
  [["*"], KNOWN],
  [["??"], ["_x"]],
  [["a.*"], ["a.b"]],
  [["*.*"], ["a.b"]],
  [["web*"], ["web"]],
  [
    ["api-1", "api-*", "web"],
    ["api-1", "api-2", "api-10", "web"],
  ],
])("%p chooses %p", (words, names) => {
  expect(chosenNames(words, KNOWN)).toEqual({ names, unknown: null });
});

test.each([
  [["ghost"], "ghost"],
  [["web", "ghost-*", "other"], "ghost-*"],
  // A name is no pattern: the dot stands for itself.
  [["api.1"], "api.1"],
  [["we"], "we"],
  [["[web"], "[web"],
  [[""], ""],
  // No other letters are special.
  [["!api-*"], "!api-*"],
  [["{web,api}*"], "{web,api}*"],
  [["web\\*"], "web\\*"],
])("%p has a word that chooses none", (words, unknown) => {
  expect(chosenNames(words, KNOWN)).toMatchObject({ unknown });
});
