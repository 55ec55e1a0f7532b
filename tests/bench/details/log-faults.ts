import { readFileSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../../helpers/binary.ts";
import { runFaults } from "../../helpers/log-faults.ts";
import { createLogTask, Writer } from "../../helpers/log-task.ts";
import type { Row } from "./logs.ts";

export const benches: { name: string; run(): Promise<Row[]> }[] = [
  { name: "logs: 60 kills of the hub of 20 tasks", run: faults },
  { name: "logs: a soak of the hub", run: soak },
];

const count = (name: string, ours: number, floor: number, unit = "lines"): Row => ({
  name,
  ours,
  floor,
  unit,
  ratio: floor === 0 ? (ours === 0 ? 1 : Number.POSITIVE_INFINITY) : ours / floor,
});

/** 20 tasks of a thousand numbered lines a second. */
async function faults(): Promise<Row[]> {
  if (process.platform !== "linux") return [];
  const result = await runFaults({ tasks: 20, lines: 10_000, rate: 1000, kills: 60 });
  return [
    count(
      `lines lost, of ${result.printed}, at ${result.killedAtRest} kills of a waiting hub and ${result.killedAtWork} of one at work`,
      result.lost,
      0,
    ),
    count(
      "bytes lost that the logs don't account for; floor: none",
      result.bytesUnsaid,
      0,
      "bytes",
    ),
    count(
      "lines repeated, torn or out of order; floor: none",
      result.repeated + result.torn + result.outOfOrder,
      0,
    ),
  ];
}

const minutes = Number(process.env["BENCH_SOAK_MINUTES"] ?? 10);
/** Every kind of output a hub meets: plain lines, colours, progress, rubbish, prompts, marks. */
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

/** Memory of a hub in use, after a minute and at the end: it must not grow. `BENCH_SOAK_MINUTES` makes it shorter. */
async function soak(): Promise<Row[]> {
  if (process.platform !== "linux") return [];
  using task = createLogTask({ log_max_size: 5_000_000 });
  const writer = new Writer(task, [builtBinary(), "__log-hub"]);
  const end = performance.now() + minutes * 60_000;
  const samples: number[] = [];
  for (let turn = 0; performance.now() < end; turn++) {
    await writer.say(kinds[turn % kinds.length]!);
    await Bun.sleep(10);
    if (turn % 100 === 0) samples.push(residentOf(writer.pid));
  }
  await writer.end();
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const early = Math.max(...samples.slice(0, tenth));
  const late = Math.max(...samples.slice(-tenth));
  return [
    count(`memory of a hub after ${minutes} minutes; floor: in the first tenth`, late, early, "MB"),
  ];
}

function residentOf(pid: number): number {
  const status = readFileSync(join("/proc", String(pid), "status"), "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
