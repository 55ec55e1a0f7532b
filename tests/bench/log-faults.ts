import { readFileSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { runFaults } from "../helpers/log-faults.ts";
import { createLogTask } from "../helpers/log-task.ts";
import type { Row } from "./logs.ts";

export const benches: { name: string; run(): Promise<Row[]> }[] = [
  { name: "logs: 60 kills of writers of 20 tasks", run: faults },
  { name: "logs: a soak of the writer", run: soak },
];

const count = (name: string, ours: number, floor: number, unit = "lines"): Row => ({
  name,
  ours,
  floor,
  unit,
  ratio: floor === 0 ? (ours === 0 ? 1 : Number.POSITIVE_INFINITY) : ours / floor,
});

/** 20 tasks of a hundred numbered lines a second. */
async function faults(): Promise<Row[]> {
  if (process.platform !== "linux") return [];
  const writer = [builtBinary(), "__log-writer"];
  const result = await runFaults({ tasks: 20, lines: 2000, kills: 60, writer });
  return [
    count(
      `lines lost from the pipe, of ${result.printed}, at ${result.killedAtRest} kills; floor: none`,
      result.lostFromPipe,
      0,
    ),
    count(
      `lines lost that were read and not written, at ${result.killedAtWork} kills`,
      result.lostInHand,
      0,
    ),
    count("lines repeated; floor: none", result.repeated, 0),
  ];
}

const minutes = Number(process.env["BENCH_SOAK_MINUTES"] ?? 10);
/** Every kind of output a writer meets: plain lines, colours, progress, rubbish, prompts, marks. */
const kinds = [
  "a plain line of a busy server with about a hundred bytes in it, as most of them are\r\n".repeat(
    300,
  ),
  "\x1b[32mgreen\x1b[0m and \x1b[38;2;1;2;3mtrue colour\x1b[0m\r\n".repeat(100),
  Array.from(
    { length: 100 },
    (_, percent) => `\x1b[3${percent % 8}m${percent}%\x1b[0m ${"#".repeat(percent)}\r`,
  ).join("") + "\r\n",
  "x".repeat(100_000) + "\r\n",
  "\x1b]0;a title that never ends",
  "\x1b]7776;k1;start;r1;42\x1b\\prompt> \x1b]7776;k1;exit;r1;0;exit\x1b\\",
];

/** Memory of a writer in use, after a minute and at the end: it must not grow. `BENCH_SOAK_MINUTES` makes it shorter. */
async function soak(): Promise<Row[]> {
  if (process.platform !== "linux") return [];
  using task = createLogTask({ log_max_size: 5_000_000 });
  const writer = Bun.spawn([builtBinary(), "__log-writer", task.directory], {
    stdin: "pipe",
    stdout: "ignore",
  });
  const end = performance.now() + minutes * 60_000;
  const samples: number[] = [];
  for (let turn = 0; performance.now() < end; turn++) {
    void writer.stdin.write(kinds[turn % kinds.length]!);
    await writer.stdin.flush();
    await Bun.sleep(10);
    if (turn % 100 === 0) samples.push(residentOf(writer.pid));
  }
  await writer.stdin.end();
  await writer.exited;
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const early = Math.max(...samples.slice(0, tenth));
  const late = Math.max(...samples.slice(-tenth));
  return [
    count(
      `memory of a writer after ${minutes} minutes; floor: in the first tenth`,
      late,
      early,
      "MB",
    ),
  ];
}

function residentOf(pid: number): number {
  const status = readFileSync(join("/proc", String(pid), "status"), "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
