import { expect, test } from "bun:test";
import { findCommand } from "../../src/cli/command-table.ts";
import { readOperands, usageLine } from "../../src/cli/operands.ts";

const command = (name: string) => findCommand(name)!;

test.each([
  ["status", "taskmux status"],
  ["start", "taskmux start [TASK...]"],
  ["kill", "taskmux kill TASK..."],
  ["why", "taskmux why TASK"],
  ["attach", "taskmux attach [TASK]"],
  ["add", "taskmux add TASK COMMAND"],
  ["daemon", "taskmux daemon [status|stop]"],
  ["exec", "taskmux exec TASK -- COMMAND..."],
])("%s is typed as it is shown", (name, usage) => {
  expect(usageLine(command(name))).toBe(usage);
});

test.each([
  ["status", [], {}],
  ["start", [], {}],
  ["start", ["web", "db"], { tasks: ["web", "db"] }],
  ["kill", ["web"], { tasks: ["web"] }],
  ["attach", ["web"], { task: "web" }],
  ["add", ["web", "bun dev"], { task: "web", command: "bun dev" }],
])("%s takes %p", (name, words, given) => {
  const read = readOperands(command(name), words);
  expect(read).toBeInstanceOf(Map);
  expect(Object.fromEntries(read as Map<string, unknown>)).toEqual(given);
});

test.each([
  ["kill", [], "kill needs a task's name", "taskmux kill TASK..."],
  ["add", ["web"], "add needs a command", "taskmux add TASK COMMAND"],
  ["completions", [], "completions needs a shell: bash, zsh, fish", "taskmux completions SHELL"],
  ["status", ["web"], "status: one word too many: 'web'", "taskmux status"],
  ["attach", ["web", "db"], "attach: one word too many: 'db'", "taskmux attach [TASK]"],
  [
    "add",
    ["web", "bun", "dev"],
    "add: one word too many: 'dev'",
    'Quote the command: taskmux add web "bun dev"',
  ],
])("%s with %p is E500", (name, words, message, hint) => {
  expect(readOperands(command(name), words)).toMatchObject({ code: "E500", message, hint });
});

test.each([
  [["api", "ls", "-l"], 1, { task: "api", command: ["ls", "-l"] }],
  [["api", "sh", "--", "x"], 1, { task: "api", command: ["sh", "--", "x"] }],
])("exec with %p and -- after %p words", (words, dashesAt, given) => {
  const read = readOperands(command("exec"), words, dashesAt);
  expect(Object.fromEntries(read as Map<string, unknown>)).toEqual(given);
});

test.each([
  [["api", "ls"], null, "exec needs -- before the command"],
  [["api", "web", "ls"], 2, "exec: one word too many: 'web'"],
  [["ls"], 0, "exec needs a task's name"],
  [["api"], 1, "exec needs a command"],
  [["api"], null, "exec needs a command"],
  [[], null, "exec needs a task's name"],
])("exec with %p and -- after %p words is E500", (words, dashesAt, message) => {
  expect(readOperands(command("exec"), words, dashesAt)).toMatchObject({ code: "E500", message });
});

test.each([
  ["start", "taskmux start [TASK...] [FLAGS]"],
  ["run", "taskmux run NAME [FLAGS] -- COMMAND..."],
])("%s takes its flags where the help shows them", (name, usage) => {
  expect(usageLine(command(name), "[FLAGS]")).toBe(usage);
});
