import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ApiConnection, type Daemon, startDaemon } from "../../helpers/api.ts";
import { eventually } from "../../helpers/eventually.ts";
import { createWorld, type World } from "../../helpers/world.ts";
import type { Met } from "./daemon-clients.ts";
import type { Figure } from "./figures.ts";
import { cpuTime, median } from "../measure.ts";
import { percent } from "./supervision.ts";

export const benches: { name: string; run(): Promise<Figure[]> }[] = [
  { name: "daemon with 100 clients", run: crowd },
  { name: "daemon at rest", run: rest },
];

const TASKS = 20;
const CLIENTS = 100;
const SECONDS = 30;

/** A hundred lines a second, and no process a line. */
const CHATTER =
  "exec 3<> <(:); while :; do for i in 0 1 2 3 4 5 6 7 8 9; do echo $SECONDS a line of some sixty letters, as a server may write it; done; read -t 0.1 -u 3; done";

async function daemonOf(world: World, command: string): Promise<Daemon> {
  const tasks = Array.from({ length: TASKS }, (_, i) => `task${i} = '''${command}'''\n`).join("");
  world.writeConfig(`name = "bench"\nshell = "bash"\n[tasks]\n${tasks}`);
  const daemon = await startDaemon(world);
  await using client = await ApiConnection.open(daemon.port);
  const { success, error } = await client.ask("start", { wait: true });
  if (!success) throw new Error(error);
  return daemon;
}

/** Every client has subscribed to everything and asks for a `ping` twice a second; one of them never reads. */
async function crowd(): Promise<Figure[]> {
  if (process.platform !== "linux") return [];
  await using world = createWorld();
  const { port, pid } = await daemonOf(world, CHATTER);
  const program = join(import.meta.dirname, "daemon-clients.ts");
  const argv = [process.execPath, program, String(port), String(CLIENTS), String(SECONDS)];
  const before = cpuTime(pid);
  const child = Bun.spawn(argv, { stdout: "pipe", stderr: "inherit" });
  const resident = await mostMegabytes(pid, child.exited);
  const share = ((cpuTime(pid) - before) / (SECONDS * 1000)) * 100;
  await world.run(["stop", "--json"], { timeout: 60_000 });
  const met: Met = JSON.parse(await child.stdout.text());
  const most = Math.max(...met.pings);
  const readers = CLIENTS - 1;
  console.error(
    `${met.pings.length} pings, ${Math.round(met.megabytes / SECONDS)} MB/s to ${readers} clients, ${met.lost} of them lost; the one that never reads was ${met.isDropped ? "" : "not "}dropped`,
  );
  const name = `daemon, ${CLIENTS} clients, ${TASKS * 100} lines/s`;
  const ms = { floor: median(met.pings), unit: "ms", target: "100 ms" };
  return [
    { name: `${name}: longest ping; floor: median`, ours: most, ratio: most / ms.floor, ...ms },
    megabytes(`${name}: most memory`, "150 MB", resident),
    percent(`${name}; floor: none`, "", share, 0),
  ];
}

async function rest(): Promise<Figure[]> {
  if (process.platform !== "linux") return [];
  await using world = createWorld();
  const { port, pid } = await daemonOf(world, "exec sleep 100000");
  await eventually(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
  await Bun.sleep(5000);
  const before = cpuTime(pid);
  await Bun.sleep(SECONDS * 1000);
  const share = ((cpuTime(pid) - before) / (SECONDS * 1000)) * 100;
  const name = `daemon, ${TASKS} tasks, at rest`;
  return [
    percent(`${name}; floor: none`, "0.5%", share, 0),
    megabytes(`${name}: memory`, "90 MB", residentMegabytes(pid)),
  ];
}

const residentMegabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

/** The most memory that a process had until something else has ended. */
async function mostMegabytes(pid: number, ended: Promise<unknown>): Promise<number> {
  let [most, isOver] = [0, false];
  void ended.then(() => (isOver = true));
  for (; !isOver; await Bun.sleep(200)) most = Math.max(most, residentMegabytes(pid));
  return most;
}

const megabytes = (name: string, target: string, ours: number): Figure => ({
  name: `${name}; floor: none`,
  ours,
  floor: 0,
  unit: "MB",
  ratio: Infinity,
  target,
});
