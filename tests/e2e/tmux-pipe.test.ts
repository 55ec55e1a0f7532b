import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const COUNTER = "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.1; done";

const logOf = (world: World) =>
  readFileSync(join(world.home, ".taskmux/logs/demo/web.log"), "utf8").split("\n");
const isGap = (line: string) => line.includes("[taskmux] log lines may be missing here: another");
const runPath = (world: World, name: string) => join(world.home, ".taskmux/run/demo", name);
const logError = async (world: World) => (await statusOf(world, "web")).log_error;

async function startedWorld(command = COUNTER): Promise<World> {
  const world = createWorld();
  world.writeConfig(`name = "demo"\n[tasks.web]\ncommand = ${JSON.stringify(command)}\n`);
  await ask(world, "start");
  await eventually(() => logOf(world).some((line) => line.endsWith(" line 1")));
  return world;
}

/** As tmux-logging does. */
async function takePipe(world: World): Promise<void> {
  await world.tmux("pipe-pane", "-t", "demo:web", `cat >>${world.root}/users.log`);
  await eventually(() => existsSync(runPath(world, "tasks/web/pipe-ended")));
}

describe("a pipe that another program has taken", () => {
  test("is reported by status and why", async () => {
    await using world = await startedWorld();
    expect(await logError(world)).toBeNull();
    await takePipe(world);
    expect(await logError(world)).toContain("taken the pipe");
    expect((await ask(world, "why web")).result.log_error).toContain("taken the pipe");
  });

  test.each(["start", "start web", "restart web"])(
    "is put back by %s, and the log says what is missing",
    async (line) => {
      await using world = await startedWorld();
      await takePipe(world);
      const { result } = await ask(world, line);
      expect(result.ok).toBe(true);
      const found = await eventually(() => {
        const lines = logOf(world);
        const gap = lines.findIndex(isGap);
        return gap > 0 && lines.slice(gap).some((one) => one.includes(" line ")) && lines;
      });
      expect(found.filter(isGap)).toEqual([
        expect.stringMatching(/the pipe of the window since \d{4}-\d\d-\d\dT[\d:.]+Z$/),
      ]);
      await eventually(async () => (await logError(world)) === null);
    },
  );

  test("is put back once by commands at the same time", async () => {
    await using world = await startedWorld();
    await takePipe(world);
    await Promise.all([ask(world, "start"), ask(world, "start web"), ask(world, "start")]);
    await eventually(() => logOf(world).some(isGap));
    await ask(world, "stop");
    expect(logOf(world).filter(isGap).length).toBe(1);
    expect(logOf(world).at(-2)).toContain("[taskmux] stopped by");
  });

  test("is put back by a monitor", async () => {
    await using world = await startedWorld();
    world.spawn(["start", "-m"]);
    await eventually(async () => (await ask(world, "status")).result.monitor !== null);
    // Its sweep may put the pipe back before anybody else sees that it had ended.
    await world.tmux("pipe-pane", "-t", "demo:web", `cat >>${world.root}/users.log`);
    await eventually(() => logOf(world).some(isGap));
    await eventually(async () => (await logError(world)) === null);
  });
});

test("a pipe whose process was killed is put back", async () => {
  await using world = await startedWorld();
  const [pid] = readFileSync(runPath(world, "tasks/web/pipe"), "utf8").split(" ").map(Number);
  process.kill(pid!, "SIGKILL");
  await eventually(() => !isAlive(pid!));
  expect(await logError(world)).not.toBeNull();
  await ask(world, "start");
  await eventually(() => logOf(world).some(isGap));
  await eventually(async () => (await logError(world)) === null);
});

test("status says so where the window was closed and the task lives on, until it is restarted", async () => {
  await using world = await startedWorld(`trap '' HUP; echo line 1; exec sleep 1000`);
  await world.tmux("kill-session", "-t", "=demo");
  await eventually(async () => (await logError(world))?.includes("window was closed"));
  expect((await statusOf(world, "web")).running).toBe(true);
  expect((await ask(world, "restart web")).result.ok).toBe(true);
  expect(await logError(world)).toBeNull();
});

test("a session that left no record of its pipes, as 0.1.0, has no log error", async () => {
  await using world = await startedWorld();
  rmSync(runPath(world, "tasks/web/pipe"));
  expect(await logError(world)).toBeNull();
  await ask(world, "start");
  expect(logOf(world).filter(isGap)).toEqual([]);
});

test("windows that a killed command opened and didn't mark are closed, the user's are not", async () => {
  await using world = await startedWorld();
  const [launcher, directory] = [runPath(world, "launcher.sh"), runPath(world, "tasks/web")];
  const pane = ["-d", "-P", "-F", "#{pane_id}", "-t", "=demo:"];
  const unmarked = await world.tmux("new-window", ...pane, "/bin/sh", launcher, directory);
  const users = await world.tmux("new-window", ...pane, "cat");
  const { pid } = await statusOf(world, "web");
  expect((await ask(world, "start")).result.already_running).toEqual(["web"]);
  const panes = (await world.tmux("list-panes", "-s", "-t", "=demo:", "-F", "#{pane_id}")).split(
    "\n",
  );
  expect(panes).not.toContain(unmarked);
  expect(panes).toContain(users);
  expect((await statusOf(world, "web")).pid).toBe(pid);
});
