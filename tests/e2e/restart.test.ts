import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, processesOf, statusOf } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

const PAIR = 'name = "demo"\n[tasks]\nweb = "sleep 1000"\napi = "sleep 1000"\n';

test("restart T launches T again in the same window", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const before = (await ask(world, "inspect web")).result;
  const api = (await statusOf(world, "api")).pid;
  expect(await ask(world, "restart web")).toMatchObject({
    exitCode: 0,
    result: { ok: true, task: "web", action: "restarted", warnings: [], dependencies: [] },
  });
  const after = (await ask(world, "inspect web")).result;
  expect(after.window_id).toBe(before.window_id);
  expect(after.pid).not.toBe(before.pid);
  expect(isAlive(before.pid)).toBe(false);
  await eventually(() => Bun.deepEquals(processesOf(world, "web"), [after.pid]));
  expect((await statusOf(world, "api")).pid).toBe(api);
});

test("restart of all launches again what runs", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const before = [(await statusOf(world, "web")).pid, (await statusOf(world, "api")).pid];
  const { exitCode, result } = await ask(world, "restart");
  expect(exitCode).toBe(0);
  expect(result).toMatchObject({
    ok: true,
    session: "demo",
    action: "restarted",
    tasks: ["web", "api"],
    already_running: [],
    skipped: [],
  });
  expect(before.filter(isAlive)).toEqual([]);
  expect((await ask(world, "status")).result.active_tasks).toBe(2);
});

test("restart of several names tells of each as of one", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { exitCode, result } = await ask(world, "restart web api");
  expect(exitCode).toBe(0);
  expect(result.results).toMatchObject([
    { ok: true, task: "web", action: "restarted" },
    { ok: true, task: "api", action: "restarted" },
  ]);
});

test("restart of a task that doesn't run starts it, what it depends on too", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 1000"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  expect((await ask(world, "restart web")).result).toMatchObject({
    ok: true,
    dependencies: ["db"],
  });
  expect((await ask(world, "status")).result.active_tasks).toBe(2);
});

test("restart T leaves what T depends on alone", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 1000"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  await ask(world, "start");
  const { pid } = await statusOf(world, "db");
  expect((await ask(world, "restart web")).result.dependencies).toEqual([]);
  expect((await statusOf(world, "db")).pid).toBe(pid);
});

test("restart takes what the config says now", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  world.writeConfig('name = "demo"\n[tasks]\nweb = "touch changed; sleep 1000"\n');
  await ask(world, "restart web --wait");
  await eventually(() => existsSync(join(world.project, "changed")));
});

test("restart uses the stop sequence: a task may clean up before it is launched again", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "trap 'sleep 0.2; echo cleaned >>order; exit' INT; echo launched >>order; while :; do sleep 0.05; done"
health_check = "test -f order"
`);
  await ask(world, "start --wait");
  await ask(world, "restart web");
  await ask(world, "stop web");
  const order = readFileSync(join(world.project, "order"), "utf8");
  expect(order.startsWith("launched\ncleaned\n")).toBe(true);
});
