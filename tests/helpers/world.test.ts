import { existsSync } from "node:fs";
import { expect, test } from "bun:test";
import { builtBinary } from "./binary.ts";
import { eventually, eventuallyIs } from "./eventually.ts";
import { isAlive, processesWith } from "./processes.ts";
import { spawnOnTerminal } from "./terminal.ts";
import { createWorld } from "./world.ts";

test("a program runs in the world's project, with its environment and nothing of the caller's tmux", async () => {
  await using world = createWorld();
  const { stdout, exitCode } = await world.runProgram(
    ["sh", "-c", 'pwd; echo "$HOME$TMUX$EXTRA"; exit 3'],
    {
      env: { EXTRA: "extra" },
    },
  );
  expect({ stdout, exitCode }).toEqual({
    stdout: `${world.project}\n${world.home}extra\n`,
    exitCode: 3,
  });
});

test("a program that is ended by a signal has 128 + its number as exit status", async () => {
  await using world = createWorld();
  expect((await world.runProgram(["sh", "-c", "kill -TERM $$"])).exitCode).toBe(143);
});

test("output is whole: what a child says after its parent has ended belongs to it", async () => {
  await using world = createWorld();
  const { stdout } = await world.runProgram(["sh", "-c", "echo one; (sleep 0.1; echo two) &"]);
  expect(stdout).toBe("one\ntwo\n");
});

test("what is typed arrives, and without it stdin is empty", async () => {
  await using world = createWorld();
  expect((await world.runProgram(["cat"], { stdin: "typed" })).stdout).toBe("typed");
  expect((await world.runProgram(["cat"])).stdout).toBe("");
});

test("a program that doesn't end in time fails the test and shows what it had said", async () => {
  await using world = createWorld();
  const late = world.runProgram(["sh", "-c", "echo so far; sleep 1000"], { timeout: 3000 });
  expect(late).rejects.toThrow(/within 3000 ms\nstdout: so far/);
  await late.catch(() => {});
});

test("json() refuses a stdout that holds anything but one document and a newline", async () => {
  await using world = createWorld();
  const said = (text: string) => world.runProgram(["printf", "%s", text]);
  expect((await said('{"ok":true}\n')).json()).toEqual({ ok: true });
  expect((await said('{"ok":true}')).json).toThrow();
  expect((await said('{"ok":true}\n{}\n')).json).toThrow();
});

test("the tmux server is the world's own, and nothing is left of it after dispose", async () => {
  const world = createWorld();
  await world.tmux("-f", "/dev/null", "new-session", "-d", "-s", "inside", "sleep 1000");
  expect(await world.tmux("list-sessions", "-F", "#S")).toBe("inside");
  const [server, pane] = (await world.tmux("list-panes", "-a", "-F", "#{pid} #{pane_pid}")).split(
    " ",
  );
  await world.dispose();
  expect([server, pane].map((pid) => isAlive(Number(pid)))).toEqual([false, false]);
  expect(existsSync(world.root)).toBe(false);
});

test("dispose ends a process that left its session and ignores signals", async () => {
  const world = createWorld();
  await world.runProgram([
    "sh",
    "-c",
    "(trap '' INT TERM HUP; setsid sleep 1000) >/dev/null 2>&1 &",
  ]);
  const mark = `TASKMUX_TEST_WORLD=${world.root}`;
  const pids = await eventuallyIs(
    () => processesWith(mark),
    (found) => found.length > 0,
  );
  await world.dispose();
  expect(pids.filter(isAlive)).toEqual([]);
});

test("a program that continues is seen line by line and ended by a signal", async () => {
  await using world = createWorld();
  const running = world.spawnProgram(["sh", "-c", "echo one; exec sleep 1000"]);
  await eventually(() => running.lines().includes("one"));
  running.signal("SIGTERM");
  expect((await running.ended()).exitCode).toBe(143);
});

test("a program on a terminal sees one, of the size asked for, and reads what is typed", async () => {
  await using world = createWorld();
  const size = 'test -t 0 && test -t 1 && stty size; read -r line; echo "<$line>"';
  const { env, project: cwd } = world;
  const terminal = spawnOnTerminal(["sh", "-c", size], { env, cwd, cols: 100 });
  await eventually(() => terminal.seen().includes("24 100"));
  terminal.type("typed\n");
  expect(await terminal.ended()).toBe(0);
  await eventually(() => terminal.seen().includes("<typed>"));
});

test("eventually shows the value it saw last", async () => {
  const never = eventuallyIs(
    () => ({ state: "starting" }),
    ({ state }) => state === "running",
    { timeout: 40 },
  );
  await expect(never).rejects.toThrow(/state: "starting"/);
  await expect(eventually(() => false, { timeout: 40 })).rejects.toThrow(/seen last: false/);
});

test("the binary that tests run is as new as the sources", () => {
  expect(existsSync(builtBinary())).toBe(true);
});
