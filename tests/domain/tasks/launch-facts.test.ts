import { expect, test } from "bun:test";
import {
  type EnvFileFacts,
  type LaunchFacts,
  listed,
  stalenessOf,
} from "../../../src/domain/tasks/launch-facts.ts";

const file = (path: string, hash: string | null, stamp = "1 2 3 4"): EnvFileFacts => ({
  path,
  stamp,
  hash,
});

const facts = (changes: Partial<LaunchFacts> = {}): LaunchFacts => ({
  command: "npm run dev",
  cwd: "/p",
  port: 3000,
  shell: null,
  shellPath: "/bin/bash",
  secret: "s",
  environment: [{ files: [file("/p/.env", "h1")] }, { variables: { A: "a1", B: "b1" } }],
  referring: { B: "3000" },
  ...changes,
});

const filesThen = (...files: EnvFileFacts[]) => [{ files }, { variables: { A: "a1", B: "b1" } }];

test.each<[string, Partial<LaunchFacts>, string[], string[]]>([
  ["the command", { command: "npm start" }, ["config"], ["an older command"]],
  ["the shell", { shell: "zsh", shellPath: "/bin/zsh" }, ["config"], ["another shell"]],
  [
    "a variable, one that is new, and one that is gone",
    { environment: [{ files: [file("/p/.env", "h1")] }, { variables: { A: "a2", C: "c" } }] },
    ["config"],
    ["an older A, C and B"],
  ],
  ["a file", { environment: filesThen(file("/p/.env", "h2")) }, ["env_file"], ["an older .env"]],
  [
    "a file that can be read no more, and one that is new",
    { environment: filesThen(file("/p/.env", "unreadable"), file("/q/b.env", "h3")) },
    ["env_file"],
    ["an older .env and /q/b.env"],
  ],
  ["the port", { port: 3001 }, ["port"], ["port 3000 instead of 3001"]],
  ["no port any more", { port: null }, ["port"], ["port 3000, which the config no longer has"]],
  ["the port of a task that it refers to", { referring: { B: "3001" } }, ["port"], ["an older B"]],
  ["the directory", { cwd: "/p/web" }, ["cwd"], ["the directory /p instead of /p/web"]],
  [
    "all at once",
    { command: "x", port: 1, cwd: "/q", environment: filesThen(file("/p/.env", null)) },
    ["config", "env_file", "port", "cwd"],
    [
      "an older command",
      "an older .env",
      "port 3000 instead of 1",
      "the directory /p instead of /q",
    ],
  ],
])("a launch now would differ in %s", (_, changes, drifts, phrases) => {
  expect(stalenessOf(facts(), facts(changes), "/p")).toEqual({ drifts, phrases } as ReturnType<
    typeof stalenessOf
  >);
});

test.each<[string, Partial<LaunchFacts>]>([
  ["what is the same", {}],
  ["the same shell by its name", { shell: "bash" }],
  ["a file that moved", { environment: filesThen(file("/q/.env", "h1")) }],
  ["a touched file", { environment: filesThen(file("/p/.env", "h1", "1 9 9 9")) }],
  [
    "a file that sets nothing",
    { environment: filesThen(file("/p/.env", "h1"), file("/p/empty", null)) },
  ],
  [
    "a variable of another place in the config",
    {
      environment: [
        { files: [file("/p/.env", "h1")] },
        { variables: { B: "b1" } },
        { files: [] },
        { variables: { A: "a1" } },
      ],
    },
  ],
  [
    "another order of variables and files",
    {
      environment: [{ variables: { A: "a1", B: "b1" } }, { files: [file("/p/.env", "h1")] }],
    },
  ],
  ["a reference that stands for nothing now", { referring: {} }],
  ["a reference that stood for nothing", { referring: { B: "3000", A: "1" } }],
  [
    "hashes that another secret made",
    { secret: "other", environment: filesThen(file("/p/.env", "x")) },
  ],
])("%s is no difference", (_, changes) => {
  expect(stalenessOf(facts(), facts(changes), "/p")).toEqual({ drifts: [], phrases: [] });
});

test("a port that was given to a launch without one", () => {
  expect(stalenessOf(facts({ port: null }), facts(), "/p").phrases).toEqual([
    "no port instead of 3000",
  ]);
});

test.each([
  [[], ""],
  [["a"], "a"],
  [["a", "b"], "a and b"],
  [["a", "b", "c"], "a, b and c"],
])("%j in words", (items, text) => {
  expect(listed(items)).toBe(text);
});
