import { expect, test } from "bun:test";
import { commands, globalFlags } from "../../src/cli/commands.ts";
import { complete } from "../../src/cli/completion.ts";
import { shellNames } from "../../src/cli/completions.ts";
import { schemaNames } from "../../src/cli/schema.ts";

/** Tasks of two configs; the second is there only where the line names it. */
const tasksOf = (config: string | undefined) =>
  (config === "other.toml" ? ["zeta"] : ["web", "web-2.x", "api"]).map((word) => ({
    word,
    summary: `runs ${word}`,
  }));

const completed = (line: string): string | string[] => {
  const words = line.split(" ");
  const { kind, choices } = complete(words.slice(0, -1), words.at(-1)!, tasksOf);
  return kind === "words" ? choices.map(({ word }) => word) : kind;
};

const flagsOf = (name: string): string[] => {
  const own = commands.find((command) => command.name === name)?.flags ?? [];
  return [...globalFlags, ...own].map((flag) => `--${flag.name}`);
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
  ["logs -fn ", []],
  ["logs -fn 5 ", ["web", "web-2.x", "api"]],
  ["status ", []],
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
  const names = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  expect(completed("")).toEqual([...names, "help"]);
  expect(completed("help ")).toEqual(names);
  for (const { word, summary } of complete([], "", tasksOf).choices) {
    expect(`${word}: ${summary}`).toMatch(/: \S/);
  }
});

test("flags are those of the command and the global ones, each once; the short ones after one dash", () => {
  expect(completed("--")).toEqual(flagsOf("none"));
  for (const { name } of commands) expect(completed(`${name} --`)).toEqual(flagsOf(name));
  expect(completed("logs --raw --")).not.toContain("--raw");
  expect(completed("add new x --env A=1 --")).toContain("--env");
  expect(completed("logs -")).toContain("-f");
  expect(completed("logs -f -")).not.toContain("-f");
  expect(completed("logs --")).not.toContain("-f");
});

test("a flag's value that is written as choices completes to them", () => {
  expect(completed("wait web --for ")).toEqual(["healthy", "exited", "stopped"]);
  for (const { name, flags } of commands) {
    for (const flag of flags.filter(({ value }) => value?.includes("|"))) {
      expect(completed(`${name} --${flag.name} `)).toEqual(flag.value!.split("|"));
    }
  }
});

test("what the table lists as choices is what the commands take", () => {
  expect(completed("schema ")).toEqual(schemaNames(commands));
  expect(completed("completions ")).toEqual(shellNames);
});
