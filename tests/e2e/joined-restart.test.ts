import { expect, test } from "bun:test";
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFifo } from "../../src/adapters/system/libc.ts";
import { quote } from "../../src/domain/values/shell-word.ts";
import { builtBinary } from "../helpers/binary.ts";
import { ApiConnection, startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** A task that ends only when `go` is there, so that a restart of it lasts as long as a test wants. */
const SLOW = `trap 'touch asked; until test -e go; do sleep 0.02; done; exit' INT
echo "$VALUE" >>launches
while :; do sleep 0.05; done
`;

const config = (more = ""): string =>
  `name = "demo"\n[tasks.web]\ncommand = "bash slow.sh"\nstop_grace_period = 600\n${more}`;

async function started(world: World, more = ""): Promise<number> {
  world.write("slow.sh", SLOW);
  world.writeConfig(config(more));
  await ask(world, "start");
  await eventually(() => launches(world) === 1);
  return (await statusOf(world, "web")).pid;
}

const at = (world: World, name: string): string => join(world.project, name);

const launches = (world: World): number =>
  existsSync(at(world, "launches"))
    ? readFileSync(at(world, "launches"), "utf8").split("\n").length - 1
    : 0;

/** Starts restarts while a first one stops the task, and returns once they wait for its lock. */
async function restartsDuring(world: World, lines: string[][], act = () => {}) {
  const first = world.spawn(["restart", "web", "--json"]);
  await eventually(() => existsSync(at(world, "asked")));
  act();
  const others = lines.map((words) => world.spawn(words));
  // A waiting command says so after half a second.
  await eventually(() => others.every((one) => one.stderr().includes("waiting")));
  world.write("go", "");
  const ended = (running: typeof first) => running.ended();
  return { first: await ended(first), others: await Promise.all(others.map(ended)) };
}

test("ten agents that restart one task at the same time cause one launch, and all report its pid", async () => {
  await using world = createWorld();
  const before = await started(world);
  const first = world.spawn(["restart", "web", "--json"]);
  await eventually(() => existsSync(at(world, "asked")));
  const others = Array.from({ length: 9 }, () => world.spawn(["restart", "web", "--json"]));
  // They have begun; whether they have reached the lock yet must not matter.
  world.write("go", "");
  const outputs = await Promise.all([first, ...others].map((one) => one.ended()));
  const results = outputs.map((output) => said(output, "restartTaskSchema"));
  const { pid } = await statusOf(world, "web");
  expect(pid).not.toBe(before);
  for (const { exitCode, result } of results)
    expect({ exitCode, ...result }).toMatchObject({ exitCode: 0, action: "restarted", pid });
  expect(results.map(({ result }) => result.joined ?? false)).toEqual([
    false,
    ...Array.from({ length: 9 }, () => true),
  ]);
  await eventually(() => launches(world) === 2);
  const { result } = await ask(world, "events --task=web");
  const restarts = result.events.filter(({ event }: any) => event === "task_restarted");
  expect(restarts.length).toBe(1);
});

test.skipIf(process.platform !== "linux")(
  "a restart joins although its program begins only after the launch",
  async () => {
    await using world = createWorld();
    await started(world);
    const first = world.spawn(["restart", "web", "--json"]);
    await eventually(() => existsSync(at(world, "asked")));
    // It has begun for the kernel. Until it executes the program it looks like one on a busy machine.
    makeFifo(at(world, "held"));
    const script = `read -r _ <held; exec "$0" restart web --json`;
    const late = world.spawnProgram(["sh", "-c", script, builtBinary()]);
    const held = openSync(at(world, "held"), "w");
    world.write("go", "");
    const { pid } = said(await first.ended(), "restartTaskSchema").result;
    writeSync(held, "\n");
    closeSync(held);
    const { result } = said(await late.ended(), "restartTaskSchema");
    expect(result).toMatchObject({ action: "restarted", joined: true, pid });
    await eventually(() => launches(world) === 2);
  },
);

test("a restart that comes later, and one with --fresh, launch again", async () => {
  await using world = createWorld();
  await started(world);
  const { others } = await restartsDuring(world, [
    ["restart", "web", "--fresh"],
    ["restart", "web"],
  ]);
  expect(others.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  await eventually(() => launches(world) === 3);
  const { result } = await ask(world, "restart web");
  expect(result).toMatchObject({ action: "restarted", pid: (await statusOf(world, "web")).pid });
  expect(result).not.toHaveProperty("joined");
  await eventually(() => launches(world) === 4);
});

test("a restart for a changed config doesn't join one that has read the old one", async () => {
  await using world = createWorld();
  await started(world, 'env = { VALUE = "old" }\n');
  const change = () => void world.writeConfig(config('env = { VALUE = "new" }\n'));
  const { others } = await restartsDuring(
    world,
    [
      ["restart", "web"],
      ["restart", "web"],
    ],
    change,
  );
  expect(others.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  await eventually(() => launches(world) === 3);
  expect(readFileSync(at(world, "launches"), "utf8")).toBe("old\nold\nnew\n");
});

test("a restart of all joins for the tasks that another one launches, with --wait until they are healthy", async () => {
  await using world = createWorld();
  const rest = 'health_check = "test -e ok"\n[hooks]\nbefore_start = "echo >>hooks"\n';
  world.write("ok", "");
  await started(world, rest);
  const { others } = await restartsDuring(world, [["restart", "--wait"]]);
  expect(others[0]).toMatchObject({
    exitCode: 0,
    stdout: "restarted web, by another command at the same time\n",
  });
  await eventually(() => launches(world) === 2);
  // Those of the start and of the first restart.
  expect(readFileSync(at(world, "hooks"), "utf8")).toBe("\n\n");
  expect((await ask(world, "restart")).result).toMatchObject({ tasks: ["web"], joined: [] });
});

test("restarts of the API join too, unless they are `fresh`", async () => {
  await using world = createWorld();
  await started(world);
  const { port } = await startDaemon(world);
  await using client = await ApiConnection.open(port);
  const restarts = [{}, {}, { fresh: true }].map((more) =>
    client.ask("restart", { task: "web", ...more }),
  );
  await eventually(() => existsSync(at(world, "asked")));
  world.write("go", "");
  const replies = await Promise.all(restarts);
  expect(replies.map(({ success }) => success)).toEqual([true, true, true]);
  expect(replies.filter(({ joined }) => joined).length).toBe(1);
  await eventually(() => launches(world) === 3);
});

test("a restart of a shell that has built something before doesn't join one during that", async () => {
  await using world = createWorld();
  world.write("go", "");
  await started(world);
  const build = "touch building; until test -e built; do sleep 0.02; done";
  const shell = world.spawnProgram([
    "sh",
    "-c",
    `${build}; exec ${quote(builtBinary())} restart web --json`,
  ]);
  await eventually(() => existsSync(at(world, "building")));
  await ask(world, "restart web");
  await eventually(() => launches(world) === 2);
  world.write("built", "");
  const { result } = said(await shell.ended(), "restartTaskSchema");
  expect(result).toMatchObject({ ok: true, pid: (await statusOf(world, "web")).pid });
  expect(result).not.toHaveProperty("joined");
  await eventually(() => launches(world) === 3);
});
