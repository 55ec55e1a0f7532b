import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Running } from "../helpers/command.ts";
import { eventually } from "../helpers/eventually.ts";
import { createWorld, type World } from "../helpers/world.ts";
import { Births, spin } from "./births.ts";
import type { Figure } from "./figures.ts";
import { median, milliseconds } from "./measure.ts";
import { Pm2 } from "./pm2.ts";

export const benches: { name: string; run(): Promise<Figure[]> }[] = [
  { name: "crash to relaunch", run: relaunch },
  { name: "crash to record", run: record },
  { name: "ready to dependent", run: dependent },
  { name: "CPU of a monitor", run: cpu },
];

const ROUNDS = 30;
const SESSION = "bench";

/** A line of its pid, for whoever reads the FIFO `born`; then it lives and costs nothing. */
const TELLTALE = "echo $$ >born; exec sleep 100000";

/** From the kill -9 to a byte from the new process; the floor: from a spawn of the same command to its byte. */
async function relaunch(): Promise<Figure[]> {
  if (process.platform !== "linux") return [];
  await using world = createWorld();
  // The shell that pm2's script names: it is the supervisors that are compared.
  const fields =
    'shell = "sh"\nrestart_policy = "always"\nmax_restarts = 0\nrestart_backoff = 0.001';
  world.writeConfig(configOf([`[tasks.web]\ncommand = "${TELLTALE}"\n${fields}\n`]));
  using born = new Births(world.project);
  const monitor = await startMonitor(world);
  let pid = born.next();
  await using pm2 = await Pm2.begin(`#!/bin/sh\n${TELLTALE}\n`);
  using bornByPm2 = pm2 && new Births(pm2.directory);
  let pm2Pid = pm2 && bornByPm2 ? (await pm2.start(), bornByPm2.next()) : 0;
  const [ours, spawned, theirs]: number[][] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    // A process that has lived for less than a second is a special case to pm2.
    await Bun.sleep(pm2 ? 1200 : 200);
    ours!.push(timed(() => process.kill(pid, "SIGKILL")));
    pid = born.last;
    spawned!.push(bornBySpawn(world, born));
    if (!bornByPm2) continue;
    theirs!.push(timed(() => process.kill(pm2Pid, "SIGKILL"), bornByPm2));
    pm2Pid = bornByPm2.last;
  }
  await endMonitor(monitor);
  const name = "crash to relaunch, the first restart";
  const rows = [ms(`${name}; floor: sh's own start`, "15 ms", ours!, spawned!)];
  if (theirs!.length > 0) rows.push(ms(`${name}; floor: pm2`, "no slower", ours!, theirs!));
  else console.error("pm2 could not be installed: no comparison with it");
  return rows;

  function timed(act: () => void, births = born): number {
    const began = performance.now();
    act();
    births.next();
    return performance.now() - began;
  }
}

function bornBySpawn(world: World, born: Births): number {
  const began = performance.now();
  const child = Bun.spawn(["sh", "-c", TELLTALE], { cwd: world.project, env: world.env });
  born.next();
  const took = performance.now() - began;
  child.kill("SIGKILL");
  return took;
}

/** From the kill -9 to the exit record, and to the event of it in the events file. */
async function record(): Promise<Figure[]> {
  if (process.platform !== "linux") return [];
  await using world = createWorld();
  world.writeConfig(configOf([`[tasks.web]\ncommand = "${TELLTALE}"\nrestart_policy = "no"\n`]));
  using born = new Births(world.project);
  const monitor = await startMonitor(world);
  const path = join(world.home, `.taskmux/run/${SESSION}/tasks/web/record`);
  const events = join(world.home, ".taskmux/events.jsonl");
  const [recorded, told]: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const pid = born.next();
    await Bun.sleep(100 + milliseconds(round));
    const before = countOf(events, "task_exited");
    const ends = countOf(path, "\nexit ");
    const began = performance.now();
    process.kill(pid, "SIGKILL");
    spin(() => countOf(path, "\nexit ") > ends);
    recorded!.push(performance.now() - began);
    spin(() => countOf(events, "task_exited") > before);
    told!.push(performance.now() - began);
    await world.run(["start", "web", "--json"]);
  }
  await endMonitor(monitor);
  return [
    ms("crash to exit record; floor: none", "100 ms", recorded!, [0]),
    ms("crash to event; floor: exit record", "100 ms", told!, recorded!),
  ];
}

const countOf = (path: string, text: string): number =>
  readFileSync(path, "utf8").split(text).length - 1;

/** From the moment that the check of what it depends on passes to the first byte of the dependent. */
async function dependent(): Promise<Figure[]> {
  if (process.platform !== "linux") return [];
  await using world = createWorld();
  world.writeConfig(
    configOf([
      '[tasks.db]\ncommand = "exec sleep 100000"\nhealth_check = "touch tried; test -f up && echo 1 >passed"\n',
      `[tasks.web]\ncommand = "${TELLTALE}"\ndepends_on = ["db"]\n`,
    ]),
  );
  using born = new Births(world.project);
  using passed = new Births(world.project, "passed");
  const [tried, up] = ["tried", "up"].map((name) => join(world.project, name)) as [string, string];
  const [took, spawned]: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const start = world.spawn(["start", "--json"]);
    await eventually(() => existsSync(tried));
    await Bun.sleep(milliseconds(round) * 10);
    writeFileSync(up, "");
    passed.next();
    const began = performance.now();
    born.next();
    took!.push(performance.now() - began);
    await start.ended();
    await world.run(["stop", "--json"]);
    for (const file of [tried, up]) rmSync(file);
    spawned!.push(bornBySpawn(world, born));
  }
  return [
    ms("check passes to dependent's launch; floor: sh's own start", "120 ms", took!, spawned!),
  ];
}

const SECONDS = 10;

/** CPU time of the monitor's own process, and of the checks that it runs; the floor spawns as many and does no more. */
async function cpu(): Promise<Figure[]> {
  if (process.platform !== "linux") return [];
  const [idle] = await shares(20, "");
  const [own, checks] = await shares(100, 'health_check = "true"\nhealth_interval = 1\n');
  return [
    percent("monitor, 20 tasks, idle; floor: an idle Bun", "", idle, await floorShare(0)),
    percent(
      "monitor, 100 checks a second; floor: as many spawns",
      "5%",
      own,
      await floorShare(100),
    ),
    percent("those checks themselves; floor: none", "", checks, 0),
  ];
}

/** Of a core, the shares of a monitor of so many tasks, and of the processes that it starts; percent. */
async function shares(count: number, fields: string): Promise<[own: number, children: number]> {
  await using world = createWorld();
  const tasks = Array.from(
    { length: count },
    (_, index) => `[tasks.task${index}]\ncommand = "exec sleep 100000"\n${fields}`,
  );
  world.writeConfig(configOf(tasks));
  const monitor = await startMonitor(world);
  const states = async () => (await world.run(["status", "--json"])).json().tasks;
  await eventually(async () => (await states()).every(({ state }: any) => state === "running"), {
    timeout: 60_000,
    interval: 500,
  });
  await Bun.sleep(3000);
  const [own, children] = [ownTime(monitor.pid), childrensTime(monitor.pid)];
  await Bun.sleep(SECONDS * 1000);
  const share = (from: number, to: number) => ((to - from) / (SECONDS * 1000)) * 100;
  const result = [share(own, ownTime(monitor.pid)), share(children, childrensTime(monitor.pid))];
  await endMonitor(monitor);
  await world.run(["stop", "--json"]);
  return result as [number, number];
}

async function floorShare(spawns: number): Promise<number> {
  const program = `setInterval(() => { for (let i = 0; i < ${spawns}; i++) Bun.spawn(["sh", "-c", "true"]); }, 1000)`;
  const child = Bun.spawn([process.execPath, "-e", program], { stdout: "ignore" });
  await Bun.sleep(2000);
  const before = ownTime(child.pid);
  await Bun.sleep(SECONDS * 1000);
  const share = ((ownTime(child.pid) - before) / (SECONDS * 1000)) * 100;
  child.kill("SIGKILL");
  return share;
}

/** CPU time of all threads of a process, ms. */
export function ownTime(pid: number): number {
  const times = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}

/** CPU time of the processes that a process has waited for, ms; proc(5): fields 16 and 17, in ticks of 10 ms. */
function childrensTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

const configOf = (tasks: string[]): string =>
  `name = "${SESSION}"\nshell = "sh"\n${tasks.join("")}`;

async function startMonitor(world: World): Promise<Running> {
  const monitor = world.spawn(["start", "-m", "--json"]);
  const ask = async () => (await world.run(["status", "--json"])).json();
  await eventually(async () => (await ask()).monitor?.pid === monitor.pid);
  await eventually(async () => (await ask()).tasks.every((task: any) => task.started_at), {
    timeout: 60_000,
  });
  return monitor;
}

async function endMonitor(monitor: Running): Promise<void> {
  monitor.signal("SIGINT");
  await monitor.ended();
}

function ms(name: string, target: string, ours: number[], floors: number[]): Figure {
  const [own, floor] = [median(ours), median(floors)];
  return { name, ours: own, floor, unit: "ms", ratio: own / floor, target };
}

export const percent = (name: string, target: string, ours: number, floor: number): Figure => ({
  name,
  ours,
  floor,
  unit: "% of a core",
  ratio: ours / floor,
  target,
});
