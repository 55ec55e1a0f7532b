import { expect, test } from "bun:test";
import { splitLine } from "../../../src/cli/completion/shell-words.ts";

test.each([
  ["", [], ""],
  ["taskmux", [], "taskmux"],
  ["taskmux ", ["taskmux"], ""],
  ["taskmux  \tstart w", ["taskmux", "start"], "w"],
  ['taskmux -c "a b/c.toml" st', ["taskmux", "-c", "a b/c.toml"], "st"],
  ["taskmux -c 'a \"b\\' x", ["taskmux", "-c", 'a "b\\'], "x"],
  ["taskmux a\\ b c", ["taskmux", "a b"], "c"],
  ['taskmux "a\\"b\\$c\\d" e', ["taskmux", 'a"b$c\\d'], "e"],
  ["taskmux --config=a' 'b", ["taskmux"], "--config=a b"],
  ['taskmux start "we', ["taskmux", "start"], "we"],
  ["taskmux start '", ["taskmux", "start"], ""],
  ["taskmux '' x", ["taskmux", ""], "x"],
  ["taskmux $(touch x) $HOME", ["taskmux", "$(touch", "x)"], "$HOME"],
  ["taskmux a\\", ["taskmux"], "a"],
])("%p", (line, before, current) => {
  expect(splitLine(line)).toEqual({ before, current });
});
