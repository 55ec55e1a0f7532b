import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../helpers/processes.ts";
import { ask, processesOf, statusOf } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

const PAIR = 'name = "demo"\n[tasks]\nweb = "sleep 1000"\napi = "sleep 1000"\n';

test("kill T ends T at once, and its window goes", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "trap 'touch cleaned' INT TERM HUP EXIT; touch up; while :; do sleep 0.05; done"
health_check = "test -f up"
[tasks.api]
command = "sleep 1000"
`);
  await ask(world, "start --wait");
  const { window_id } = (await ask(world, "inspect web")).result;
  const { exitCode, result } = await ask(world, "kill web");
  expect({ exitCode, result }).toEqual({
    exitCode: 0,
    result: { ok: true, task: "web", action: "killed" },
  });
  expect(processesOf(world, "web")).toEqual([]);
  expect(existsSync(join(world.project, "cleaned"))).toBe(false);
  expect(await world.tmux("list-windows", "-a", "-F", "#{window_id}")).not.toContain(window_id);
  expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", want: "down" });
  expect((await ask(world, "inspect web")).result).toMatchObject({
    window_id: null,
    pane_id: null,
  });
  expect((await statusOf(world, "api")).state).toBe("running");
});

test("kill T again is already_stopped", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  const nothing = { ok: true, task: "web", action: "already_stopped" };
  expect(await ask(world, "kill web")).toMatchObject({ exitCode: 0, result: nothing });
  await ask(world, "start");
  await ask(world, "kill web");
  expect(await ask(world, "kill web")).toMatchObject({ exitCode: 0, result: nothing });
});

test("kill of several names tells of each as of one", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start web");
  expect(await ask(world, "kill web api")).toMatchObject({
    exitCode: 0,
    result: {
      ok: true,
      results: [
        { ok: true, task: "web", action: "killed" },
        { ok: true, task: "api", action: "already_stopped" },
      ],
    },
  });
});

test("kill without a name is E500 and kills nothing", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { exitCode, result } = await ask(world, "kill");
  expect(exitCode).toBe(2);
  expect(result).toMatchObject({ ok: false, error_code: "E500" });
  expect((await ask(world, "status")).result.active_tasks).toBe(2);
});

test("a killed task starts again, in a new window", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  await ask(world, "kill web");
  expect((await ask(world, "start")).result.tasks).toEqual(["web"]);
  expect((await statusOf(world, "web")).state).toBe("running");
});

test("kill leaves a pane alone that the user split off our window", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { pane_id } = (await ask(world, "inspect web")).result;
  const split = ["split-window", "-d", "-P", "-F", "#{pane_pid}", "-t", pane_id, "sleep 1000"];
  const own = Number(await world.tmux(...split));
  expect((await ask(world, "kill web")).result.action).toBe("killed");
  expect(isAlive(own)).toBe(true);
});
