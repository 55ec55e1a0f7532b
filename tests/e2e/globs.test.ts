import { expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { ask, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = `name = "demo"
[tasks]
web = "echo from web; sleep 1000"
api-2 = "echo from two; sleep 1000"
api-1 = "echo from one; sleep 1000"
`;

const several = async (world: World, line: string, schema: string) =>
  said(await world.run([...line.split(" "), "--json"]), schema).result;

const namesIn = (results: { task: string }[]): string[] => results.map(({ task }) => task);

test("start, restart, wait, logs, stop and kill take globs, in the order of the config", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const started = await several(world, "start api-*", "startTasksSchema");
  expect(namesIn(started.results)).toEqual(["api-2", "api-1"]);
  const before = await statusOf(world, "api-1");
  expect(await statusOf(world, "web")).toMatchObject({ want: "down" });
  const restarted = await several(world, "restart api-? api-1", "restartTasksSchema");
  expect(namesIn(restarted.results)).toEqual(["api-2", "api-1"]);
  expect((await statusOf(world, "api-1")).pid).not.toBe(before.pid);
  const waited = await ask(world, "wait api-* --timeout=600s");
  expect(namesIn(waited.result.results)).toEqual(["api-2", "api-1"]);
  await ask(world, "wait api-1 --log=one --timeout=600s");
  const logs = said(await world.run(["logs", "api-[1]", "--json"]), "logsOfOneSchema");
  expect(logs.result).toMatchObject({ task: "api-1" });
  expect(logs.result.lines.join("\n")).toContain("from one");
  const stopped = await ask(world, "stop *-1");
  expect(stopped.result).toMatchObject({ ok: true, task: "api-1", action: "stopped" });
  expect(await statusOf(world, "api-2")).toMatchObject({ want: "up" });
  const killed = await several(world, "kill api-*", "killTasksSchema");
  expect(namesIn(killed.results)).toEqual(["api-2", "api-1"]);
});

test.each(["start", "stop", "restart", "kill", "wait", "logs", "verify"])(
  "%s of a glob that matches nothing is E200, with the nearest name",
  async (command) => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    const { exitCode, result } = await ask(world, `${command} wbe*`);
    expect({ exitCode, result }).toMatchObject({
      exitCode: 1,
      result: {
        error: "No task in the config matches 'wbe*'",
        error_code: "E200",
        hint: "Did you mean 'web'?",
      },
    });
  },
);

test.each(["why", "inspect", "url", "attach", "remove"])(
  "%s takes one name, and no glob",
  async (command) => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    const { result } = said(await world.run([command, "w*", "--json"]), null);
    expect(result).toMatchObject({ ok: false, error_code: "E200" });
  },
);

test.each(["old", "o*"])(
  "logs -f %s follows the log of a task that left the config",
  async (word) => {
    await using world = createWorld();
    world.writeConfig('name = "demo"\n[tasks]\nold = "echo from old; sleep 1000"\n');
    await world.run(["start"]);
    await ask(world, "wait old --log=from --timeout=600s");
    world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
    const following = world.spawn(["logs", "-f", "--raw", word]);
    await eventually(() => following.stdout().includes("from old"));
    following.signal("SIGTERM");
    await following.ended();
  },
);
