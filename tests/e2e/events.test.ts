import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { ask, conforms } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = `
name = "shop"
[tasks.web]
command = "sleep 1000"
[tasks.api]
command = "sleep 1000"
`;

/** The newest events, each as `event task`. */
async function told(world: World, line = "events"): Promise<string[]> {
  const { result } = await ask(world, line);
  return result.events.map(({ event, task }: any) => [event, task].filter(Boolean).join(" "));
}

test("start, restart, kill and stop are on record, for this user's eyes only", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  const started = await told(world);
  expect(started[0]).toBe("session_started");
  expect(started.slice(1).toSorted()).toEqual(["task_started api", "task_started web"]);
  await ask(world, "start");
  expect(await told(world)).toHaveLength(3);
  await ask(world, "restart api");
  await ask(world, "kill api");
  await ask(world, "stop");
  const since = (await told(world)).slice(3);
  expect(since.filter((line) => line !== "task_stopped api")).toEqual([
    "task_restarted api",
    "task_killed api",
    "task_stopped web",
    "session_stopped",
  ]);
  expect(statSync(join(world.home, ".taskmux/events.jsonl")).mode & 0o777).toBe(0o600);
});

test("events are those of this session, with --all every one; --task, --since and -n choose", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start web");
  await ask(world, "--session=other start api");
  expect(await told(world)).toEqual(["task_started web"]);
  expect(await told(world, "events --all")).toEqual(["task_started web", "task_started api"]);
  expect(await told(world, "events --all --task=api")).toEqual(["task_started api"]);
  expect(await told(world, "events --task=api")).toEqual([]);
  expect(await told(world, "events --since=1h -n5")).toEqual(["task_started web"]);
  expect(await told(world, "events -n0")).toEqual([]);
  expect((await ask(world, "events --task=ghost")).result.error_code).toBe("E200");
  expect((await ask(world, "events --since=soon")).exitCode).toBe(2);
});

test("without a project there are only everybody's", async () => {
  await using world = createWorld();
  expect((await ask(world, "events")).result.error_code).toBe("E100");
  expect((await ask(world, "events --all")).result).toEqual({ events: [], count: 0 });
});

test("-f continues with each event as it comes, and ends quietly with C-c", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start web");
  const [lines, text] = [world.spawn(["events", "-f", "--json"]), world.spawn(["events", "-f"])];
  await eventually(() => lines.lines().length === 1 && text.lines().length === 1);
  await ask(world, "start api");
  await eventually(() => lines.lines().length === 2 && text.lines().length === 2);
  for (const line of lines.lines()) conforms("eventSchema", JSON.parse(line));
  expect(text.lines()[1]).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  api  started, pid \d+ \(by \S+\)$/,
  );
  for (const follower of [lines, text]) follower.signal("SIGINT");
  const ends = [await lines.ended(), await text.ended()];
  expect(ends.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
    [130, ""],
    [130, ""],
  ]);
});
