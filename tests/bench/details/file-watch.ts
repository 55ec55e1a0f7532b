import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Running } from "../../helpers/command.ts";
import { eventually } from "../../helpers/eventually.ts";
import { createWorld, type World } from "../../helpers/world.ts";
import { Births } from "../births.ts";
import { cpuTime, median } from "../measure.ts";
import type { Figure } from "./figures.ts";
import { percent } from "./supervision.ts";

export const benches: { name: string; run(): Promise<Figure[]> }[] = [
  { name: "watched files at rest", run: rest },
  { name: "restart after a save", run: restarts },
];

const FILES = 5000;
const DIRECTORIES = 500;
const SECONDS = 60;
const ROUNDS = 15;
const BURST = 200;

/** What `watch_debounce` is without the field, ms. */
const DEBOUNCE = 300;

/** CPU time of a monitor whose task has a watch of many files, none of which changes; the floor has none. */
async function rest(): Promise<Figure[]> {
  if (process.platform !== "linux") return [];
  const [watching, floor] = [await share('watch = ["src/**"]'), await share("")];
  const name = `watch of ${FILES} files in ${DIRECTORIES} directories, ${SECONDS} s; floor: no watch`;
  return [percent(name, "0.3 more", watching, floor)];
}

/** Of a core, the share of a monitor, percent. */
async function share(fields: string): Promise<number> {
  await using world = createWorld();
  makeFiles(world);
  const monitor = await startMonitor(world, "exec sleep 100000", fields);
  await Bun.sleep(3000);
  const before = cpuTime(monitor.pid);
  await Bun.sleep(SECONDS * 1000);
  const used = cpuTime(monitor.pid) - before;
  await end(world, monitor);
  return (used / (SECONDS * 1000)) * 100;
}

/** From the last write of a burst to the first act of the new process; the floor is the time without changes. */
async function restarts(): Promise<Figure[]> {
  if (process.platform !== "linux") return [];
  await using world = createWorld();
  makeFiles(world);
  using born = new Births(world.project);
  const command = "echo $$ >born; exec sleep 100000";
  const monitor = await startMonitor(world, command, 'watch = ["src/**"]');
  born.next();
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // The last start must be over: changes wait for it.
    await Bun.sleep(3000);
    for (let index = 0; index < BURST; index++)
      writeFileSync(pathOf(world, index), `${round} ${index}`);
    const began = performance.now();
    born.next();
    took.push(performance.now() - began);
  }
  await end(world, monitor);
  const ours = median(took);
  const name = `last of ${BURST} writes to a new process; floor: watch_debounce`;
  const ratio = ours / DEBOUNCE;
  return [{ name, ours, floor: DEBOUNCE, unit: "ms", ratio, target: "400 ms" }];
}

const pathOf = ({ project }: World, index: number): string =>
  join(project, `src/d${index % DIRECTORIES}/f${index}`);

function makeFiles(world: World): void {
  for (let index = 0; index < DIRECTORIES; index++)
    mkdirSync(join(world.project, `src/d${index}`), { recursive: true });
  for (let index = 0; index < FILES; index++) writeFileSync(pathOf(world, index), "");
}

async function startMonitor(world: World, command: string, fields: string): Promise<Running> {
  world.writeConfig(`name = "bench"\n[tasks.web]\ncommand = "${command}"\n${fields}\n`);
  const monitor = world.spawn(["start", "-m", "--json"]);
  const isReady = async () => {
    const status = (await world.run(["status", "--json"])).json();
    const [task] = status.tasks;
    const isWatched = task.watch === null || task.watch.state === "on";
    return status.monitor?.pid === monitor.pid && task.state === "running" && isWatched;
  };
  await eventually(isReady, { timeout: 60_000, interval: 200 });
  return monitor;
}

async function end(world: World, monitor: Running): Promise<void> {
  monitor.signal("SIGINT");
  await monitor.ended();
  await world.run(["stop", "--json"]);
}
