import { expect, test } from "bun:test";
import { allCommands, globalArgs } from "../../../src/cli/command-table.ts";
import { flagsOf } from "../../../src/cli/flags.ts";
import { complete } from "../../../src/cli/completion/completion.ts";
import { shellNames } from "../../../src/cli/commands/completions.ts";
import { schemaNames } from "../../../src/cli/commands/schema.ts";

/** Tasks of two configs; the second is there only where the line names it. */
const tasksOf = (config: string | undefined) =>
  (config === "other.toml" ? ["zeta"] : ["web", "web-2.x", "api"]).map((word) => ({
    word,
    summary: `runs ${word}`,
    profiles: word === "api" ? [] : ["front", word],
  }));

const completed = (line: string): string | string[] => {
  const words = line.split(" ");
  const { kind, choices } = complete(words.slice(0, -1), words.at(-1)!, tasksOf);
  return kind === "words" ? choices.map(({ word }) => word) : kind;
};

const flagsFor = (name: string): string[] => {
  const own = allCommands().find(({ meta }) => meta.name === name)?.args;
  return [...flagsOf({ ...globalArgs, ...own }).keys()].map((flag) => `--${flag}`);
};

test.each([
  ["start ", ["web", "web-2.x", "api"]],
  ["start web ", ["web-2.x", "api"]],
  ["--json start web api ", ["web-2.x"]],
  ["start --timeout 5s ", ["web", "web-2.x", "api"]],
  ["start -- ", ["web", "web-2.x", "api"]],
  ["start -- -", ["web", "web-2.x", "api"]],
  ["inspect ", ["web", "web-2.x", "api"]],
  ["inspect web ", []],
  ["-c other.toml start ", ["zeta"]],
  ["start --config=other.toml ", ["zeta"]],
  ["--session other start ", ["web", "web-2.x", "api"]],
  ["start --profile ", ["front", "web", "web-2.x"]],
  ["-c other.toml logs --profile=", ["front", "zeta"]],
  ["logs -fn ", []],
  ["logs -fn 5 ", ["web", "web-2.x", "api"]],
  ["status ", []],
  ["exec ", ["web", "web-2.x", "api"]],
  ["exec web ", ["--"]],
  ["exec web -- ", "files"],
  ["exec web -- ls ", "files"],
  ["run ", []],
  ["run x ", ["--"]],
  ["run x --cwd ", "directories"],
  ["run x -- ls ", "files"],
  ["send ", ["web", "web-2.x", "api"]],
  ["send web ", []],
  ["add ", []],
  ["add new ", []],
  ["add new x --depends-on ", ["web", "web-2.x", "api"]],
  ["add new x --cwd ", "directories"],
  ["add new x --cwd=", "directories"],
  ["events --task ", ["web", "web-2.x", "api"]],
  ["events --task=w", ["web", "web-2.x", "api"]],
  ["--config ", "files"],
  ["-c ", "files"],
  ["start --config=x", "files"],
  ["--session ", []],
  ["completions ", ["bash", "zsh", "fish"]],
  ["completions zsh ", []],
  ["unknown ", []],
  ["help unknown ", []],
])("'taskmux %s' completes to what may stand there", (line, expected) => {
  expect(completed(line)).toEqual(expected);
});

test("the first word is a command or an alias, with its summary; so is the one after help", () => {
  const names = allCommands().flatMap(({ meta: { name, alias = [] } }) => [name, ...alias]);
  expect(completed("")).toEqual([...names, "help"]);
  expect(completed("help ")).toEqual(names);
  for (const { word, summary } of complete([], "", tasksOf).choices) {
    expect(`${word}: ${summary}`).toMatch(/: \S/);
  }
});

test("flags are those of the command and the global ones, each once; the short ones after one dash", () => {
  expect(completed("--")).toEqual(flagsFor("none"));
  for (const { meta } of allCommands()) {
    expect(completed(`${meta.name} --`)).toEqual(flagsFor(meta.name));
  }
  expect(completed("logs --raw --")).not.toContain("--raw");
  expect(completed("add new x --env A=1 --")).toContain("--env");
  expect(completed("logs -")).toContain("-f");
  expect(completed("logs -f -")).not.toContain("-f");
  expect(completed("logs --")).not.toContain("-f");
});

test("a flag's value that is one of a few words completes to them", () => {
  expect(completed("wait web --for ")).toEqual(["healthy", "exited", "stopped"]);
});

test("what the table lists as choices is what the commands take", () => {
  expect(completed("schema ")).toEqual(schemaNames(allCommands()));
  expect(completed("completions ")).toEqual(shellNames);
});
