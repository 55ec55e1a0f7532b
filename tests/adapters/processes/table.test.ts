import { expect, test } from "bun:test";
import {
  readProcessTableCached,
  parseStat,
  readProcess,
  readProcessTable,
} from "../../../src/adapters/processes/table.ts";

/** A line of /proc/PID/stat; proc(5) numbers its fields from 1. */
const stat = (name: string, state = "S"): string =>
  `4242 (${name}) ${state} 1 4240 4200 34816 4240 4194304 1 0 0 0 5 6 0 0 20 0 1 0 987654 1000 1 ${"0 ".repeat(25)}140735 140800 0`;

test.each(["bash", "a b", "x) S 9 (y", "((", "))", "a\nb", ""])(
  "a process called %j is read from the last parenthesis on",
  (name) => {
    expect(parseStat(stat(name))).toEqual({
      pid: 4242,
      parent: 1,
      group: 4240,
      session: 4200,
      foreground: 4240,
      startTime: "987654",
      image: "140735",
    });
  },
);

test.each(["Z", "X"])("a process in state %s is none", (state) => {
  expect(parseStat(stat("sh", state))).toBeNull();
});

test("this process is in the table, as it is on its own", () => {
  const own = readProcess(process.pid);
  expect(own).toMatchObject({ pid: process.pid, parent: process.ppid });
  expect(readProcessTable().get(process.pid)).toEqual(own!);
});

test("a process that has ended is in no table, nor while it is a zombie", async () => {
  const child = Bun.spawn(["sleep", "1000"]);
  const { pid } = child;
  expect(readProcess(pid)).toMatchObject({ pid, parent: process.pid });
  child.kill("SIGKILL");
  await child.exited;
  expect(readProcess(pid)).toBeNull();
  expect(readProcessTable().has(pid)).toBe(false);
});

test("a glance sees who came and who went since the last one", async () => {
  const before = readProcessTableCached();
  const child = Bun.spawn(["sleep", "1000"]);
  expect(before.has(child.pid)).toBe(false);
  const entry = readProcessTableCached().get(child.pid);
  expect(entry).toMatchObject({ pid: child.pid, parent: process.pid });
  expect(readProcessTableCached().get(child.pid)!).toEqual(entry!);
  child.kill("SIGKILL");
  await child.exited;
  expect(readProcessTableCached().has(child.pid)).toBe(false);
});
