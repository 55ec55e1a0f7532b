import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseUsageLine } from "../../../src/adapters/processes/ps-usage.ts";
import { readProcess } from "../../../src/adapters/processes/table.ts";
import {
  parseKilobytes,
  parseStatUsage,
  readUsage,
} from "../../../src/adapters/processes/usage.ts";
import type { System } from "../../../src/adapters/system/platform.ts";
import { darwinTools } from "../../helpers/darwin.ts";

/** A line of /proc/PID/stat; proc(5) numbers its fields from 1. */
const stat = (name: string, state = "S"): string =>
  `4242 (${name}) ${state} 1 4240 4200 34816 4240 4194304 1 0 0 0 5 6 0 0 20 0 3 0 987654 1000 1`;

test.each(["bash", "x) S 9 (y", "a\nb"])("the CPU time of a process called %j", (name) => {
  expect(parseStatUsage(stat(name))).toEqual({ cpu: 110, threads: 3, startTime: "987654" });
});

test.each([stat("sh", "Z"), stat("sh", "X"), "", "4242 (sh) S 1"])("%j has no usage", (text) => {
  expect(parseStatUsage(text)).toBeNull();
});

const ROLLUP = `00400000-7ffd5000 ---p 00000000 00:00 0    [rollup]
Rss:               12480 kB
Pss:                3021 kB
Pss_Dirty:           904 kB
SwapPss:              12 kB
`;

test.each([
  [ROLLUP, "Pss", 3021 * 1024],
  ["Name:\tsh\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n", "VmRSS", 1024 * 1024],
  ["Name:\tkthreadd\n", "VmRSS", null],
  ["Name:\tVmRSS:   7 kB\n", "VmRSS", null],
  ["", "Pss", null],
] as const)("kilobytes in %j: %s", (text, name, bytes) => {
  expect(parseKilobytes(text, name)).toBe(bytes);
});

const STARTED = "Thu Nov 26 20:56:10 2026";

test.each([
  ["812 2048 0:01.25", 1250],
  ["99999 2048 125:59.99", 7_559_990],
  ["812 2048 02:00:01", 7_201_000],
  ["812 2048 1-00:00:01", 86_401_000],
])("ps line %j", (columns, cpu) => {
  expect(parseUsageLine(`  ${columns} ${STARTED}     `)).toEqual({
    pid: Number(columns.split(" ")[0]),
    startTime: "Thu_Nov_26_20:56:10_2026",
    cpu,
    memory: 2048 * 1024,
  });
});

test.each(["", "  PID    RSS      TIME STARTED", "812 2048 0:01.25", `812 - 0:01.25 ${STARTED}`])(
  "ps line %j is none",
  (line) => {
    expect(parseUsageLine(line)).toBeNull();
  },
);

/** Touches so many bytes, and says so once it has them. */
const hold = (bytes: number): string =>
  `const kept = Buffer.alloc(${bytes}, 1); console.log(kept.length); setInterval(() => kept[0]++, 1000)`;

const MEBIBYTE = 1024 ** 2;

test.each(["linux", "darwin"] as const)("a program's memory on %s", async (on: System) => {
  if (process.platform !== "linux" && on === "linux") return;
  const child = Bun.spawn([process.execPath, "-e", hold(96 * MEBIBYTE)], { stdout: "pipe" });
  const root = mkdtempSync(join(tmpdir(), "taskmux usage "));
  const path = process.env["PATH"];
  try {
    expect((await child.stdout.getReader().read()).value).toBeDefined();
    if (on === "darwin" && process.platform === "linux")
      process.env["PATH"] = `${darwinTools(root).path}:${path}`;
    const entry = readProcess(child.pid, on)!;
    const gone = { pid: child.pid, startTime: "another" };
    const found = await readUsage([entry], on);
    expect([...found.keys()]).toEqual([child.pid]);
    const { memory, cpu, threads } = found.get(child.pid)!;
    expect(memory).toBeGreaterThan(48 * MEBIBYTE);
    expect(memory).toBeLessThan(1024 * MEBIBYTE);
    expect(cpu).toBeGreaterThan(0);
    if (on === "linux") expect(threads).toBeGreaterThan(0);
    else expect(threads).toBeNull();
    expect((await readUsage([gone], on)).size).toBe(0);
    expect((await readUsage([], on)).size).toBe(0);
  } finally {
    process.env["PATH"] = path;
    rmSync(root, { recursive: true, force: true });
    child.kill("SIGKILL");
    await child.exited;
  }
});

test("a process that has ended uses nothing", async () => {
  const child = Bun.spawn(["sleep", "1000"]);
  const entry = readProcess(child.pid)!;
  child.kill("SIGKILL");
  await child.exited;
  expect((await readUsage([entry])).size).toBe(0);
});
