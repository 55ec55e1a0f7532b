import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, processesOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

// A command that is killed leaves its call of tmux running.

const CONFIG = `name = "demo"
[tasks]
a = "echo launched a | tee -a a.launches; exec sleep 1000"
b = "echo launched b | tee -a b.launches; exec sleep 1000"
`;

const launches = (world: World, task: string): string => {
  const path = join(world.project, `${task}.launches`);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};

/** A `tmux` that runs `script` before a call of `command`; `$real` is tmux itself. Returns the directory for PATH. */
function delayed(world: World, name: string, command: string, script: string): string {
  const real = Bun.which("tmux")!;
  const text = `#!/bin/sh
real=${real}
cd ${world.project}
case " $* " in *" ${command} "*)
${script}
esac
exec $real "$@"
`;
  world.write(`${name}/tmux`, text, 0o755);
  return `${join(world.project, name)}:${world.env["PATH"]}`;
}

/** Starts `args` until it calls tmux's `command`, kills it, and returns the PATH of a start whose call of it comes second. */
async function killedIn(world: World, command: string, args: string[]): Promise<string> {
  const first = delayed(
    world,
    "first",
    command,
    `touch held
until [ -e release ]; do sleep 0.01; done
$real "$@"
touch came
exit`,
  );
  const start = world.spawn(args, { env: { PATH: first } });
  await eventually(() => existsSync(join(world.project, "held")));
  start.signal("SIGKILL");
  await start.ended();
  // Then the launcher of the first call's window has time to open what it reads from.
  return delayed(
    world,
    "second",
    command,
    `touch release
until [ -e came ]; do sleep 0.01; done
for i in 1 2 3 4 5 6 7 8 9 10; do
  ls -l /proc/[0-9]*/fd/3 2>/dev/null | grep -q "$HOME/.taskmux/run/demo/tasks/a/go" && break
  sleep 0.05
done`,
  );
}

async function expectBothOnce(world: World): Promise<void> {
  for (const task of ["a", "b"]) {
    await eventually(() => launches(world, task) !== "");
    await eventually(async () => {
      const { lines } = (await world.run(["logs", task, "--json"])).json();
      return (lines as string[]).some((line) => line.endsWith(` launched ${task}`));
    });
  }
  // The next command closes windows without a mark.
  expect(await ask(world, "start")).toMatchObject({ exitCode: 0, result: { ok: true } });
  expect(["a", "b"].map((task) => launches(world, task))).toEqual(["launched a\n", "launched b\n"]);
  await eventually(() =>
    ["a", "b"].every((task) => processesOf(world, task).filter(isAlive).length === 1),
  );
  const windows = await world.tmux("list-windows", "-t", "demo", "-F", "#W");
  expect(windows.split("\n").toSorted()).toEqual(["a", "b"]);
}

test("a session that the call of a killed start makes late is taken over", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const PATH = await killedIn(world, "new-session", ["start"]);
  const output = await world.run(["start", "--json"], { env: { PATH } });
  expect(output.json()).toMatchObject({ ok: true });
  await expectBothOnce(world);
});

test("a session that is made between look and call, and closed as nobody's, doesn't fail a start", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  // The first of two calls, as that of a killed start that comes late.
  const twice = '[ -e twice ] || { touch twice; $real "$@" >/dev/null; }';
  const PATH = delayed(world, "wrapped", "new-session", twice);
  const output = await world.run(["start", "--json"], { env: { PATH } });
  expect(output.json()).toMatchObject({ ok: true });
  await expectBothOnce(world);
});

test("a session that someone else makes between look and call is theirs, and that is said", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const PATH = delayed(
    world,
    "other",
    "new-session",
    '$real new-session -d -s demo "sleep 1000"\n',
  );
  const { exitCode, result } = await ask(world, "start", { env: { PATH } });
  expect({ exitCode, result }).toMatchObject({ exitCode: 1, result: { error_code: "E301" } });
  expect(await world.tmux("list-windows", "-t", "=demo", "-F", "#{pane_start_command}")).toContain(
    "sleep 1000",
  );
});

test("the launcher of a window that the call of a killed start opens late gets no launch", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start b");
  const PATH = await killedIn(world, "new-window", ["start", "a"]);
  const output = await world.run(["start", "a", "--json"], { env: { PATH } });
  expect(output.json()).toMatchObject({ ok: true });
  await expectBothOnce(world);
});
