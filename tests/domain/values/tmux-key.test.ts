import { expect, test } from "bun:test";
import { tmuxKey } from "../../../src/domain/values/tmux-key.ts";

test.each([
  ["C-c", "C-c"],
  ["C-M-S-Up", "C-M-S-Up"],
  ["enter", "Enter"],
  ["pageup", "PageUp"],
  ["F12", "F12"],
  ["y", "y"],
  [";", ";"],
  ["-", "-"],
  ["C--", "C--"],
  ["é", "é"],
  ["😀", "😀"],
  ["F13", null],
  ["yes", null],
  ["C-", null],
  ["X-a", null],
  ["", null],
  [" ", null],
  ["\n", null],
  ["#{pid}", null],
])("%j as a key: %j", (text, key) => {
  expect(tmuxKey(text)).toBe(key);
});
