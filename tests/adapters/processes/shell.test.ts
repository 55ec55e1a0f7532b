import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, type ShellCommand } from "../../../src/adapters/processes/shell.ts";
import { directoryWith } from "../../helpers/directory.ts";
import { eventually } from "../../helpers/eventually.ts";
import { isAlive, processesWith, signal } from "../../helpers/processes.ts";

/** What commands print goes to a file of the home directory. */
const home = directoryWith({});
const { HOME } = process.env;
beforeAll(() => void (process.env["HOME"] = home.path));
afterAll(() => {
  process.env["HOME"] = HOME;
  home[Symbol.dispose]();
});

const SHELL_MODULE = join(import.meta.dirname, "../../../src/adapters/processes/shell.ts");

const within = (cwd: string, command: string): ShellCommand => ({
  shell: "/bin/sh",
  command,
  cwd,
  environment: { PATH: process.env["PATH"]! },
  limit: 60,
});

/** The pid that a process of the command has written. */
const pidIn = (directory: string): Promise<number> =>
  eventually(() => Number(/^(\d+)\n$/.exec(readFileSync(join(directory, "pid"), "utf8"))?.[1]));

const SLEEPER = "echo $$ >pid; exec sleep 1000";

describe.skipIf(Bun.which("setsid") === null)("what a command started ends with it", () => {
  test.each([
    ["in another session", `setsid sh -c '${SLEEPER}' & wait`],
    ["in another session, without an environment", `setsid env -i sh -c '${SLEEPER}' & wait`],
    ["in another session, its parent gone", `(setsid sh -c '${SLEEPER}' &); exec sleep 1000`],
  ])("%s, where the command's time is up", async (_how, command) => {
    using root = directoryWith({});
    const ended = runCommand({ ...within(root.path, command), limit: 10 });
    const pid = await pidIn(root.path);
    try {
      expect(await ended).toMatchObject({ status: null, timedOut: true });
      await eventually(() => !isAlive(pid));
    } finally {
      signal(pid, "SIGKILL");
    }
  });

  test("also what it starts while it is being ended, at the end of taskmux itself", async () => {
    using root = directoryWith({});
    const storm =
      "touch begun; i=0; while [ $i -lt 3000 ]; do setsid sleep 7654 & i=$((i + 1)); done; wait";
    const command = within(root.path, storm);
    command.environment["OF_TEST"] = root.path;
    const script = `
      import { endRunningCommands, runCommand } from ${JSON.stringify(SHELL_MODULE)};
      void runCommand(${JSON.stringify(command)});
      while (!(await Bun.file(${JSON.stringify(join(root.path, "begun"))}).exists())) await Bun.sleep(1);
      endRunningCommands();
      process.exit(0);`;
    const ending = Bun.spawn([process.execPath, "-e", script], { env: { ...process.env } });
    expect(await ending.exited).toBe(0);
    const left = () => processesWith(`OF_TEST=${root.path}`, root.path);
    try {
      await eventually(() => left().length === 0, { timeout: 20_000 });
    } finally {
      for (const pid of left()) signal(pid, "SIGKILL");
    }
  });

  test("in the background of its group, where it has ended by itself; not what may be left", async () => {
    using root = directoryWith({});
    const command = within(root.path, `sh -c '${SLEEPER}' & while [ ! -s pid ]; do :; done`);
    expect(await runCommand(command)).toMatchObject({ status: 0, timedOut: false });
    const ended = await pidIn(root.path);
    await eventually(() => !isAlive(ended));
    await Bun.file(join(root.path, "pid")).delete();
    expect(await runCommand({ ...command, mayLeave: true })).toMatchObject({ status: 0 });
    const left = await pidIn(root.path);
    try {
      expect(isAlive(left)).toBe(true);
    } finally {
      signal(left, "SIGKILL");
    }
  });
});

test("a failed command's output is its own, and the last of it", async () => {
  using root = directoryWith({});
  const failing = (text: string) => runCommand(within(root.path, `${text}; exit 3`));
  expect(await failing("echo first; echo second >&2")).toEqual({
    status: 3,
    signal: null,
    timedOut: false,
    output: "first\nsecond",
  });
  const long = await failing("yes abcdefg | head -n 1000; echo end");
  expect(long.output).toHaveLength(1999);
  expect(long.output).toEndWith("\nabcdefg\nend");
  expect((await failing(":")).output).toBe("");
  expect((await runCommand(within(root.path, "echo fine"))).output).toBe("");
});

test.each([
  ["its directory is missing", { cwd: "/nowhere/at/all" }],
  ["its shell is missing", { shell: "/nowhere/sh" }],
])("a command is as one that isn't found where %s", async (_what, changes) => {
  using root = directoryWith({});
  const command = { ...within(root.path, "true"), ...changes };
  const outcome = await runCommand(command);
  expect(outcome).toMatchObject({ status: 127, signal: null, timedOut: false });
  expect(outcome.output).toContain(`run in ${command.cwd}: `);
});

test("a command that a signal ended says by which", async () => {
  using root = directoryWith({});
  const outcome = await runCommand(within(root.path, "kill -TERM $$"));
  expect(outcome).toMatchObject({ status: null, signal: "SIGTERM", timedOut: false });
});

test("a command that can't be started for want of descriptors has no result", async () => {
  using root = directoryWith({});
  const command = { ...within(root.path, "true"), fileLimit: 3 };
  await expect(runCommand(command)).rejects.toMatchObject({ code: "EMFILE" });
  expect(await runCommand(within(root.path, "true"))).toMatchObject({ status: 0 });
  const missing = { ...within(root.path, "true"), shell: join(root.path, "none") };
  expect(await runCommand(missing)).toMatchObject({ status: 127 });
});
