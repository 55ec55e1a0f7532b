import { expect, test } from "bun:test";
import { didYouMean, nearestName } from "../../src/domain/suggest.ts";

const known = [
  "command",
  "cwd",
  "port",
  "health_check",
  "health_url",
  "depends_on",
  "env",
  "env_file",
];

test.each([
  ["comand", "command"],
  ["commnad", "command"],
  ["Command", "command"],
  ["prot", "port"],
  ["PORT", "port"],
  ["health-check", "health_check"],
  ["healthcheck", "health_check"],
  ["depend_on", "depends_on"],
  ["dependson", "depends_on"],
  ["envs", "env"],
  ["cmd", "cwd"],
])("'%s' was meant to be '%s'", (word, meant) => {
  expect(nearestName(word, known)).toBe(meant);
});

test.each(["", "zzz", "image", "restart", "q"])("'%s' is like none of them", (word) => {
  expect(nearestName(word, known)).toBeNull();
});

test("the hint is a question", () => {
  expect(didYouMean("prot", known)).toBe("Did you mean 'port'?");
  expect(didYouMean("zzz", known)).toBeNull();
});
