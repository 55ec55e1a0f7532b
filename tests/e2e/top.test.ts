import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../../src/domain/values/shell-word.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { resizeWindow } from "../helpers/resize-window.ts";
import { ask, conforms, processesOf, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const MEBIBYTE = 1024 ** 2;

/** Holds 100 MiB, has used half a second of CPU time, listens on a port, and then only waits. */
const PROGRAM = `
const kept = Buffer.alloc(100 * ${MEBIBYTE}, 1);
const used = () => process.cpuUsage().user + process.cpuUsage().system;
while (used() < 500_000);
const server = Bun.serve({ port: 0, fetch: () => new Response("") });
require("node:fs").writeFileSync("port", String(server.port));
console.log("all used");
setInterval(() => kept[0]++, 1_000_000);
`;

const configOf = (busy = "exec sleep 1000"): string => `name = "demo"
[tasks.busy]
command = ${JSON.stringify(busy)}
[tasks.idle]
command = "exec sleep 1000"
[tasks.later]
command = "exec sleep 1000"
auto_start = false
`;

async function started(world: World): Promise<void> {
  world.write("program.js", PROGRAM);
  world.writeConfig(configOf(`${quote(process.execPath)} program.js & exec sleep 1000`));
  expect((await ask(world, "start")).result.ok).toBe(true);
}

const taskIn = (result: any, name: string): any =>
  result.tasks.find((task: any) => task.name === name);

const within = (found: number, wanted: number): boolean => Math.abs(found - wanted) <= wanted * 0.1;

/** Bytes, and seconds of CPU time, of processes by /proc. */
function byKernel(pids: readonly number[]): { memory: number; cpu: number } {
  let [memory, cpu] = [0, 0];
  for (const pid of pids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
    memory += Number(/^Pss: +(\d+) kB$/m.exec(rollup)![1]) * 1024;
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    cpu += (Number(fields[11]) + Number(fields[12])) / 100;
  }
  return { memory, cpu };
}

test.skipIf(process.platform !== "linux")(
  "the figures of a task are those that the kernel has of its processes",
  async () => {
    await using world = createWorld();
    await started(world);
    const done = await ask(world, "wait busy --log=used$ --timeout=600s");
    expect(done.exitCode).toBe(0);
    const port = Number(readFileSync(join(world.project, "port"), "utf8"));
    // A program gives memory back in its own time.
    await eventually(async () => {
      const { result } = await ask(world, "top");
      const { memory, cpu } = byKernel(processesOf(world, "busy"));
      const busy = taskIn(result, "busy");
      expect(busy).toMatchObject({ state: "running", processes: 2, ports: [port] });
      expect(busy.memory_bytes).toBeGreaterThan(90 * MEBIBYTE);
      expect(busy.cpu_seconds).toBeGreaterThan(0.45);
      expect(busy.threads).toBeGreaterThanOrEqual(2);
      return within(busy.memory_bytes, memory) && within(busy.cpu_seconds, cpu);
    });
    const { result } = await ask(world, "top");
    const { started_at } = await statusOf(world, "busy");
    expect(taskIn(result, "busy").started_at).toBe(started_at);
    expect(taskIn(result, "idle")).toMatchObject({ processes: 1, ports: [] });
    expect(taskIn(result, "later")).toMatchObject({
      state: "stopped",
      cpu_seconds: 0,
      memory_bytes: 0,
      processes: 0,
      started_at: null,
    });
    const sum = result.tasks.reduce((all: number, one: any) => all + one.memory_bytes, 0);
    expect(result.total).toMatchObject({ processes: 3, memory_bytes: sum });
    expect(taskIn(await ask(world, "status").then((said) => said.result), "busy")).not.toContainKey(
      "memory_bytes",
    );
  },
);

test("a program that computes has a share of the CPU", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks.loop]\ncommand = "while :; do :; done"\n');
  await ask(world, "start");
  await eventually(async () => (await ask(world, "top loop")).result.tasks[0].cpu_percent > 0);
});

test("names, their order, and a number of looks", async () => {
  await using world = createWorld();
  world.writeConfig(configOf());
  await ask(world, "start");
  const names = async (line: string) =>
    (await ask(world, line)).result.tasks.map(({ name }: any) => name);
  expect(await names("top later idle")).toEqual(["later", "idle"]);
  expect(await names("top i* --sort=name")).toEqual(["idle"]);
  expect(await names("top --sort=name")).toEqual(["busy", "idle", "later"]);
  expect(await ask(world, "top ghost")).toMatchObject({
    exitCode: 1,
    result: { error_code: "E200" },
  });
  expect(await ask(world, "top --lines=0")).toMatchObject({
    exitCode: 2,
    result: { error_code: "E500" },
  });
  const { stdout, exitCode } = await world.run(["top", "--json", "-n", "2"]);
  const documents = stdout.trimEnd().split("\n");
  expect([exitCode, documents.length]).toEqual([0, 2]);
  for (const document of documents) conforms("topSchema", JSON.parse(document));
  const plain = await world.run(["top"]);
  expect(plain.stdout).toMatch(/^demo: 2 of 3 running, .*\nTASK .*\n(busy|idle) +running .*\n/);
  rmSync(join(world.project, "taskmux.toml"));
  expect(await names("top idle --session=demo")).toEqual(["idle"]);
});

/** Starts the live view in a shell of a window of its own; returns what it shows, and the pid. */
async function live(world: World) {
  world.writeConfig(configOf());
  await ask(world, "start");
  await world.tmux("new-session", "-d", "-s", "mine", "-x", "80", "-y", "20", "/bin/sh");
  const type = (...keys: string[]) => world.tmux("send-keys", "-t", "=mine:", ...keys);
  const run = async (line: string) => {
    await type("-l", line);
    await type("Enter");
  };
  const modes = async (file: string): Promise<string> => {
    await run(`cd ${quote(world.project)}; stty -a > ${file}.new; mv ${file}.new ${file}`);
    await eventually(() => existsSync(join(world.project, file)));
    return readFileSync(join(world.project, file), "utf8");
  };
  const before = await modes("before");
  await run(`sh -c 'echo $$ > pid; exec "$0" top' ${quote(builtBinary())}; echo "left with $?"`);
  const screen = () => world.tmux("capture-pane", "-p", "-t", "=mine:");
  const facts = () =>
    world.tmux("display-message", "-p", "-t", "=mine:", "#{alternate_on} #{cursor_flag}");
  await eventually(async () => (await screen()).includes("q leaves"));
  const pid = Number(readFileSync(join(world.project, "pid"), "utf8"));
  return { screen, type, facts, modes, before, pid };
}

test("the live view has the size of its terminal, and sorts by keys", async () => {
  await using world = createWorld();
  const { screen, type, facts } = await live(world);
  expect(await facts()).toBe("1 0");
  const shown = async () => (await screen()).split("\n").map((line) => line.trimEnd());
  const namesIn = (text: string[]) => text.slice(2, 5).map((line) => line.split(/ +/)[0]);
  // A program that begins late on a busy machine comes first for a moment.
  const lines = await eventuallyIs(shown, (text) => namesIn(text).join() === "busy,idle,later");
  expect(lines[0]).toMatch(/^demo: 2 of 3 running, /);
  expect(lines[1]).toMatch(/^TASK +STATE +CPU% +MEMORY +PROCS +THREADS +UPTIME +PORTS$/);

  await type("m");
  await eventually(async () => (await screen()).includes("m memory*"));
  await resizeWindow(world, "mine", [50, 4]);
  const small = await eventuallyIs(screen, (text) => text.includes("... and 3 more"));
  expect(small.trimEnd().split("\n").at(-1)).toMatch(/^q leaves/);
});

test.each([
  ["q", "q", 0],
  ["C-c", "C-c", 130],
  ["SIGTERM", "SIGTERM", 0],
  ["SIGHUP", "SIGHUP", 129],
  ["C-z, and then q", "C-z", null],
] as const)("the live view gives the terminal back after %s", async (_what, how, status) => {
  await using world = createWorld();
  const { screen, type, facts, modes, before, pid } = await live(world);
  if (how === "SIGTERM" || how === "SIGHUP") process.kill(pid, how);
  else await type(how);
  if (how === "C-z") {
    await eventually(async () => (await facts()) === "0 1");
    await type("-l", "fg");
    await type("Enter");
    await eventually(async () => (await screen()).includes("q leaves"));
    expect(await facts()).toBe("1 0");
    await type("q");
  }
  await eventually(async () => (await facts()) === "0 1");
  if (status !== null)
    await eventually(async () => (await screen()).includes(`left with ${status}`));
  expect(await modes("after")).toBe(before);
});
