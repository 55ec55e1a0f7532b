import { expect, test } from "bun:test";
import {
  count,
  duration,
  oneOf,
  port,
  tasks,
  text,
  time,
  toggle,
  valuesOf,
  type Values,
  variables,
  word,
} from "../../src/cli/arguments.ts";
import { flagsOf, readFlags } from "../../src/cli/flags.ts";
import { isFailure } from "../../src/domain/failure.ts";

const described = (valueHint: string) => ({ valueHint, description: "" });

const args = {
  task: word({ description: "" }),
  others: tasks({ description: "" }),
  wait: toggle({ description: "" }),
  timeout: duration({ ...described("DURATION"), default: "1m30s" }),
  lines: count({ ...described("COUNT"), default: "100" }),
  port: port(described("PORT")),
  host: text({ ...described("ADDRESS"), default: "127.0.0.1" }),
  since: time(described("TIME")),
  for: oneOf(["healthy", "exited", "stopped"], { description: "" }),
  env: variables(described("NAME=VALUE")),
};

/** What a command would get; of the wrong type nothing could be given to it. */
const got = (line: string): Values<typeof args> => {
  const read = readFlags(line.split(" ").filter(Boolean), flagsOf(args));
  if (isFailure(read)) throw new Error(read.message);
  return valuesOf(args, read.flags);
};

test("what isn't given has its default, as the value that it stands for", () => {
  const { timeout, lines, host }: { timeout: number; lines: number; host: string } = got("");
  expect({ timeout, lines, host }).toEqual({ timeout: 90, lines: 100, host: "127.0.0.1" });
  expect(got("")).toMatchObject({ wait: false, port: undefined, for: undefined, env: [] });
});

test("what is given has the value of its text", () => {
  expect(got("--wait --timeout 5s --lines 0 --port 0 --host= --for exited")).toMatchObject({
    wait: true,
    timeout: 5,
    lines: 0,
    port: { port: 0, orFree: false },
    host: "",
    for: "exited",
  });
  expect(got("--port 8765+").port).toEqual({ port: 8765, orFree: true });
  expect(got("--env A=x=y --env B=").env).toEqual([
    ["A", "x=y"],
    ["B", ""],
  ]);
  expect(got("--since 2024-01-01T14:00Z").since).toBe(Date.UTC(2024, 0, 1, 14));
});

test.each([
  ["--port 65536", "--port takes 0 to 65535, not 65536"],
  ["--port many", "--port takes a whole number, not 'many'"],
  ["--for running", "--for takes healthy, exited or stopped, not 'running'"],
  ["--env A", "--env takes NAME=VALUE, not 'A'"],
  ["--env =x", "--env takes NAME=VALUE, not '=x'"],
  [
    "--since soon",
    "--since takes a duration such as 5m, or a time such as 2024-01-01T14:00, not 'soon'",
  ],
  ["--lines", "--lines needs a value: --lines 100"],
  ["--port", "--port needs a value: --port PORT"],
  ["--for", "--for needs a value: --for healthy|exited|stopped"],
])("'%s' is E500", (line, message) => {
  expect(readFlags(line.split(" "), flagsOf(args))).toMatchObject({ code: "E500", message });
});

test("one of a few words is guessed", () => {
  const read = readFlags(["--for", "helthy"], flagsOf(args));
  expect(read).toMatchObject({ code: "E500", hint: "Did you mean 'healthy'?" });
});
