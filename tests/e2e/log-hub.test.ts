import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { logHub, logHubScript } from "../helpers/log-hub.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const COUNTER = "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done";

const logOf = (world: World) =>
  readFileSync(join(world.home, ".taskmux/logs/demo/web.log"), "utf8");
const numbersIn = (text: string) =>
  [...text.matchAll(/ line (\d+)$/gm)].map(([, number]) => Number(number));
const logError = async (world: World) => (await statusOf(world, "web")).log_error;

async function startedWorld(): Promise<World> {
  const world = createWorld();
  world.writeConfig(`name = "demo"\n[tasks.web]\ncommand = ${JSON.stringify(COUNTER)}\n`);
  await ask(world, "start");
  await eventually(() => logHub(world));
  await eventually(() => logOf(world).includes(" line 1\n"));
  return world;
}

/** Ends the hub and the script that would restart it. */
async function killHub(world: World): Promise<void> {
  const [script, hub] = [logHubScript(world)!, logHub(world)!];
  for (const pid of [script, hub]) process.kill(pid, "SIGKILL");
  await eventually(() => !isAlive(script) && !isAlive(hub));
}

/** All lines are in the log, and more come. */
async function expectWhole(world: World): Promise<void> {
  const before = numbersIn(logOf(world)).length;
  await eventually(() => numbersIn(logOf(world)).length > before + 3);
  expectInOrder(logOf(world));
}

/** Each line once and in order, unless the log says that some may be missing or repeated. */
function expectInOrder(text: string): void {
  if (text.includes("may be missing here")) return;
  const all = numbersIn(text);
  const numbers = text.includes("may be repeated here") ? [...new Set(all)] : all;
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
}

test("a log hub that was killed with its script is reported by status and why, and a start brings it back", async () => {
  await using world = await startedWorld();
  expect(await logError(world)).toBeNull();
  await killHub(world);
  expect(await logError(world)).toContain("log hub has ended");
  expect((await ask(world, "why web")).result.log_error).toContain("log hub has ended");
  expect((await world.run(["logs"])).stderr).toContain("log hub has ended");
  expect((await ask(world, "start")).result.already_running).toEqual(["web"]);
  await eventually(async () => (await logError(world)) === null);
  await expectWhole(world);
});

test("a monitor brings it back", async () => {
  await using world = await startedWorld();
  world.spawn(["start", "-m"]);
  await eventually(async () => (await ask(world, "status")).result.monitor !== null);
  await killHub(world);
  await eventually(() => logHub(world));
  await expectWhole(world);
});

test("the script brings a killed hub back at once", async () => {
  await using world = await startedWorld();
  const hub = logHub(world)!;
  process.kill(hub, "SIGKILL");
  await eventually(() => ![null, hub].includes(logHub(world)));
  await expectWhole(world);
});

test("what a window has printed that is closed while no hub runs is in the log once one does", async () => {
  await using world = await startedWorld();
  const [script, hub] = [logHubScript(world)!, logHub(world)!];
  process.kill(script, "SIGSTOP");
  process.kill(hub, "SIGKILL");
  const shown = async () => {
    const lines = await world.tmux("capture-pane", "-p", "-t", "=demo:web");
    return Math.max(...[...lines.matchAll(/line (\d+)/g)].map(([, number]) => Number(number)));
  };
  const last = Math.max(...numbersIn(logOf(world)));
  const printed = await eventually(async () => {
    const number = await shown();
    return number > last + 5 && number;
  });
  await world.tmux("kill-server");
  process.kill(script, "SIGCONT");
  await eventually(() => !isAlive(script));
  const numbers = numbersIn(logOf(world));
  expect(Math.max(...numbers)).toBeGreaterThanOrEqual(printed);
  expectInOrder(logOf(world));
});

test("the hub and its script end with the last window, and the next start has a hub", async () => {
  await using world = await startedWorld();
  const [script, hub] = [logHubScript(world)!, logHub(world)!];
  await ask(world, "stop");
  await eventually(() => !isAlive(script) && !isAlive(hub));
  await ask(world, "start");
  await eventually(() => logHub(world));
  await eventually(() => logOf(world).split("started pid").length === 3);
});

test("windows that open while the hub ends are read by it or by the next one", async () => {
  await using world = await startedWorld();
  for (let round = 0; round < 4; round++) {
    await ask(world, "stop");
    await ask(world, "start");
    await eventually(() => logOf(world).split("started pid").length === round + 3);
  }
});

test("a process that closes the last window again and again, and opens another, has a hub each time", async () => {
  await using world = createWorld();
  const configure = (task: string) =>
    world.writeConfig(
      `name = "demo"\n[tasks.${task}]\ncommand = "echo I am ${task}; exec sleep 1000"\n`,
    );
  configure("a");
  await ask(world, "start");
  world.spawn(["watch"]);
  await eventually(() => existsSync(join(world.home, ".taskmux/run/demo/watch")));
  for (const task of ["b", "c", "d"]) {
    configure(task);
    const log = join(world.home, `.taskmux/logs/demo/${task}.log`);
    await eventually(
      () => existsSync(log) && readFileSync(log, "utf8").includes(` I am ${task}\n`),
    );
  }
});
