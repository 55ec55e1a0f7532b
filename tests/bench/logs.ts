import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { benches as ofFaults } from "./log-faults.ts";
import { fastest, median, milliseconds, sharedOut } from "./measure.ts";

/** A figure beside its floor from the same run; `ratio` is ours / floor. */
export interface Row {
  name: string;
  ours: number;
  floor: number;
  unit: string;
  ratio: number;
}

const row = (name: string, ours: number, floor: number, unit: string): Row => ({
  name,
  ours,
  floor,
  unit,
  ratio: ours / floor,
});

export const benches: { name: string; run(): Promise<Row[]> }[] = [
  { name: "logs: reading 1 GB", run: reading },
  { name: "logs: the writer", run: writing },
  { name: "logs: memory of idle writers", run: memory },
  { name: "logs: following", run: following },
  ...ofFaults,
];

/** A HOME with a project in it whose logs a bench makes up; removed after `use`. */
async function inProject<T>(
  tasks: string[],
  use: (project: Project) => T | Promise<T>,
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "tmx-bench-"));
  const logs = join(root, ".taskmux/logs/bench");
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const lines = tasks.map((task) => `${task} = "true"`);
  writeFileSync(join(root, "taskmux.toml"), `name = "bench"\n[tasks]\n${lines.join("\n")}\n`);
  try {
    return await use({ root, logs, env: { ...process.env, HOME: root, NO_COLOR: "1" } });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface Project {
  root: string;
  logs: string;
  env: Record<string, string | undefined>;
}

const gigabyte = 1 << 30;
const firstLine = Date.UTC(2024, 0, 1);

/** Lines of a web server, 3 ms apart; returns the time of the last one. */
export function writeBigLog(path: string, size: number): number {
  const file = openSync(path, "w");
  let time = firstLine;
  for (let written = 0, number = 0; written < size;) {
    let block = "";
    while (block.length < 1 << 20) {
      time += 3;
      block += `${new Date(time).toISOString().slice(0, 23)} GET /api/items/${number++} 200 ${number % 97}ms user=${number % 1000} and more text of a busy server\n`;
    }
    written += writeSync(file, block);
  }
  closeSync(file);
  return time;
}

const quiet = { stdin: "ignore", stdout: "ignore", stderr: "inherit" } as const;

async function reading(): Promise<Row[]> {
  return inProject(["web"], ({ root, logs, env }) => {
    const log = join(logs, "web.log");
    const end = writeBigLog(log, gigabyte);
    const taskmux =
      (...args: string[]) =>
      () =>
        void Bun.spawnSync([builtBinary(), "logs", "web", ...args], { cwd: root, env, ...quiet });
    const other =
      (...argv: string[]) =>
      () =>
        void Bun.spawnSync(argv, { env: { ...env, LC_ALL: "C" }, ...quiet });
    const start = fastest(
      20,
      () => void Bun.spawnSync([builtBinary(), "--version"], { env, ...quiet }),
    );
    const tail = fastest(20, other("tail", "-n", "100", log)) + start;
    const since = new Date(end - 60_000).toISOString();
    const rows = [
      row("logs -n 100; floor: start + tail -n 100", fastest(20, taskmux()), tail, "ms"),
      row(
        "logs --since, 1 minute; floor: the same",
        fastest(20, taskmux("--since", since)),
        tail,
        "ms",
      ),
    ];
    for (const text of ["error", "user=zx", "items/7777777 ", "zzzz"]) {
      const grep = fastest(5, other("grep", "-i", text, log));
      rows.push(
        row(`logs -g '${text}'; floor: grep -i`, fastest(5, taskmux("-g", text)), grep, "ms"),
      );
    }
    return rows;
  });
}

/** The directory of a task, and the command of its log writer. */
function writerOf(root: string, task: string): { directory: string; command: string[] } {
  const directory = join(root, `.taskmux/run/bench/tasks/${task}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const settings = {
    task,
    key: "k",
    log_file: join(root, `.taskmux/logs/bench/${task}.log`),
    log_max_size: 10 * gigabyte,
    log_max_files: 3,
    run: null,
    command: "",
    ready_log: null,
  };
  writeFileSync(join(directory, "writer.json"), JSON.stringify(settings));
  return { directory, command: [builtBinary(), "__log-writer", directory] };
}

async function writing(): Promise<Row[]> {
  return inProject(["web"], ({ root }) => {
    const input = join(root, "input");
    writeBigLog(input, gigabyte / 8);
    const feed = (command: string[], cleanUp: string) => {
      let cpu = 0;
      const took = fastest(3, () => {
        const { resourceUsage } = Bun.spawnSync(command, {
          stdin: Bun.file(input),
          stdout: "ignore",
        });
        cpu = Number(resourceUsage.cpuTime.total) / 1000;
        rmSync(cleanUp, { force: true });
      });
      return { perSecond: 128 / (took / 1000), cpuPerMegabyte: cpu / 128 };
    };
    const { command } = writerOf(root, "web");
    const ours = feed(command, join(root, ".taskmux/logs/bench/web.log"));
    const cat = feed(["sh", "-c", `exec cat >>"${root}/cat.log"`], join(root, "cat.log"));
    return [
      row(
        "writer throughput; floor: cat >> (more is better)",
        ours.perSecond,
        cat.perSecond,
        "MB/s",
      ),
      row("writer CPU; floor: cat >>", ours.cpuPerMegabyte, cat.cpuPerMegabyte, "ms/MB"),
    ];
  });
}

async function memory(): Promise<Row[]> {
  if (process.platform !== "linux") return [];
  return inProject([], async ({ root }) => {
    const rows: Row[] = [];
    for (const [count, limit] of [
      [10, 60],
      [50, 160],
    ] as const) {
      const writers = Array.from({ length: count }, (_, index) =>
        Bun.spawn(writerOf(root, `task${index}`).command, { stdin: "pipe", stdout: "ignore" }),
      );
      for (const [index, writer] of writers.entries()) {
        void writer.stdin.write("hello\n");
        await writer.stdin.flush();
        const log = join(root, `.taskmux/logs/bench/task${index}.log`);
        while (!(await Bun.file(log).exists())) await Bun.sleep(5);
      }
      rows.push(
        row(
          `PSS of ${count} idle writers; floor: the limit`,
          sharedOut(writers.map(({ pid }) => pid)),
          limit,
          "MB",
        ),
      );
      for (const writer of writers) await writer.stdin.end();
      await Promise.all(writers.map(({ exited }) => exited));
    }
    return rows;
  });
}

async function following(): Promise<Row[]> {
  const tasks = Array.from({ length: 10 }, (_, index) => `task${index}`);
  return inProject(tasks, async ({ root, env }) => {
    const { command } = writerOf(root, "task0");
    const writer = Bun.spawn(command, { stdin: "pipe", stdout: "ignore" });
    const follower = Bun.spawn([builtBinary(), "logs", "-f", "--raw"], {
      cwd: root,
      env,
      stdout: "pipe",
      stderr: "inherit",
    });
    try {
      const latencies = await latenciesOf(writer, follower, 60);
      await Bun.sleep(12_000); // until it counts as idle
      const before = cpuOf(follower.pid);
      await Bun.sleep(10_000);
      const idle = ((cpuOf(follower.pid) - before) / 10_000) * 100;
      return [
        row("follow latency, median; floor: the limit", median(latencies), 60, "ms"),
        row("follow latency, slowest; floor: the limit", Math.max(...latencies), 150, "ms"),
        row("CPU of an idle logs -f of 10 tasks; floor: the limit", idle, 1, "% of a core"),
      ];
    } finally {
      follower.kill();
      await writer.stdin.end();
      await Promise.all([writer.exited, follower.exited]);
    }
  });
}

type Piped = Bun.Subprocess<"pipe", "ignore", "inherit">;
type Followed = Bun.Subprocess<"ignore", "pipe", "inherit">;

/** Milliseconds from the pipe into the writer to the output of `logs -f`, line by line. */
async function latenciesOf(writer: Piped, follower: Followed, count: number): Promise<number[]> {
  const heard = new Map<string, PromiseWithResolvers<number>>();
  const line = (name: string) => {
    if (!heard.has(name)) heard.set(name, Promise.withResolvers());
    return heard.get(name)!;
  };
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of follower.stdout)
      for (const [name] of decoder.decode(chunk).matchAll(/line\d+/g))
        line(name).resolve(performance.now());
  })();
  const latencies: number[] = [];
  for (let number = 0; number < count; number++) {
    const said = performance.now();
    void writer.stdin.write(`line${number}\r\n`);
    await writer.stdin.flush();
    const seen = await line(`line${number}`).promise;
    // The first one waits for the follower's start.
    if (number > 0) latencies.push(seen - said);
    await Bun.sleep(milliseconds(number));
  }
  return latencies;
}

/** CPU time of a process so far, in ms. Linux counts it in hundredths of a second. */
function cpuOf(pid: number): number {
  if (!readdirSync("/").includes("proc")) return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
