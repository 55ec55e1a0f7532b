import { expect, test } from "bun:test";
import { didYouMean, Guesses, nearestName } from "../../../src/domain/values/suggest.ts";

const KNOWN = [
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
  expect(nearestName(word, KNOWN)).toBe(meant);
});

test.each([
  ["top", null],
  ["ps", null],
  ["sl", "ls"],
  ["sto", "stop"],
  ["lgos", "logs"],
  ["log", "logs"],
  ["kil", "kill"],
  ["STOP", "stop"],
])("of commands, '%s' was meant to be %s", (word, meant) => {
  expect(nearestName(word, ["start", "stop", "ls", "logs", "kill", "add"])).toBe(meant);
});

test.each(["", "zzz", "image", "restart", "q"])("'%s' is like no name", (word) => {
  expect(nearestName(word, KNOWN)).toBeNull();
});

test("the hint is a question", () => {
  expect(didYouMean("prot", KNOWN)).toBe("Did you mean 'port'?");
  expect(didYouMean("zzz", KNOWN)).toBeNull();
});

test("of very many words only the first are guessed", () => {
  const names = new Set(Array.from({ length: 20_000 }, (_, index) => `service-${index}`));
  const guesses = new Guesses(names);
  const words = Array.from({ length: 20_000 }, (_, index) => `servce-${index}`);
  const found = words.map((word) => guesses.didYouMean(word));
  expect(found.slice(0, 2)).toEqual(["Did you mean 'service-0'?", "Did you mean 'service-1'?"]);
  expect(found.filter((hint) => hint !== null)).toHaveLength(10);
});
