import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Running } from "../../helpers/command.ts";
import { eventually } from "../../helpers/eventually.ts";
import { createWorld, type World } from "../../helpers/world.ts";
import { Births, spin } from "../births.ts";
import type { Figure } from "./figures.ts";
import { cpuTime, median, milliseconds } from "../measure.ts";

export const benches: { name: string; run(): Promise<Figure[]> }[] = [
  { name: "crash to record", run: record },
  { name: "CPU of a monitor", run: cpu },
];

const ROUNDS = 30;
const SESSION = "bench";

/** A line of its pid, for the reader of the FIFO `born`; then it lives and costs nothing. */
const TELLTALE = "echo $$ >born; exec sleep 100000";

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

/** Of a core, the shares of a monitor of this many tasks, and of the processes that it starts; percent. */
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
  const [own, children] = [cpuTime(monitor.pid), childrensTime(monitor.pid)];
  await Bun.sleep(SECONDS * 1000);
  const share = (from: number, to: number) => ((to - from) / (SECONDS * 1000)) * 100;
  const result = [share(own, cpuTime(monitor.pid)), share(children, childrensTime(monitor.pid))];
  await endMonitor(monitor);
  await world.run(["stop", "--json"]);
  return result as [number, number];
}

async function floorShare(spawns: number): Promise<number> {
  const program = `setInterval(() => { for (let i = 0; i < ${spawns}; i++) Bun.spawn(["sh", "-c", "true"]); }, 1000)`;
  const child = Bun.spawn([process.execPath, "-e", program], { stdout: "ignore" });
  await Bun.sleep(2000);
  const before = cpuTime(child.pid);
  await Bun.sleep(SECONDS * 1000);
  const share = ((cpuTime(child.pid) - before) / (SECONDS * 1000)) * 100;
  child.kill("SIGKILL");
  return share;
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
