import { expect, test } from "bun:test";
import { appendFileSync, renameSync, rmSync } from "node:fs";
import { LaunchLog } from "../../../src/app/logs/launch-log.ts";
import type { LaunchMoment } from "../../../src/app/logs/runs.ts";
import { createLogDirectory, lineAt, type LogDirectory } from "../../helpers/log-directory.ts";

const start = Date.UTC(2024, 0, 1);
const mark = (ms: number, pid: number): string => lineAt(ms, `[taskmux] started pid ${pid}: x`);

const look = (logs: LogDirectory, launch: LaunchMoment, pattern = /ready/) =>
  new LaunchLog(logs.deps("web"), { task: "web", path: logs.log("web") }, pattern, launch);

const append = (logs: LogDirectory, ...lines: string[]) =>
  appendFileSync(logs.log("web"), lines.map((line) => `${line}\n`).join(""));

test("a line counts that the launch printed before, and one that it prints now", () => {
  using logs = createLogDirectory();
  logs.write("web", [
    mark(0, 1),
    lineAt(1, "ready one"),
    mark(5, 2),
    lineAt(6, "up"),
    lineAt(7, "ready two"),
    lineAt(8, "ready three"),
  ]);
  const log = look(logs, { pid: 2, at: start + 5 });
  expect([log.lineOf(2), log.lineOf(1), log.lineOf(null)]).toEqual(["ready two", null, null]);
  append(logs, mark(9, 3), lineAt(9, "ready four"));
  expect(log.lineOf(3)).toBeNull();
  log.poll();
  expect([log.lineOf(3), log.lineOf(2)]).toEqual(["ready four", "ready two"]);
  log.close();
});

test("only new lines count, if only those are asked for", () => {
  using logs = createLogDirectory();
  logs.write("web", [mark(0, 1), lineAt(1, "ready one")]);
  const source = { task: "web", path: logs.log("web") };
  const log = new LaunchLog(logs.deps("web"), source, /ready/, { pid: 1, at: start }, true);
  log.poll();
  expect(log.lineOf(1)).toBeNull();
  append(logs, lineAt(2, "ready two"));
  log.poll();
  expect(log.lineOf(1)).toBe("ready two");
  log.close();
});

test("what an earlier launch printed late does not count for the next one", () => {
  using logs = createLogDirectory();
  // Both within the millisecond in which the second was told to start.
  logs.write("web", [lineAt(0, "old"), mark(5, 1), lineAt(5, "ready"), mark(5, 2)]);
  const log = look(logs, { pid: 2, at: start + 5 });
  expect([log.lineOf(1), log.lineOf(2)]).toEqual(["ready", null]);
  log.close();
});

test("our own lines don't count, colours are looked through, a made-up mark hides nothing", () => {
  using logs = createLogDirectory();
  logs.write("web", [
    lineAt(0, "[taskmux] started pid 1: echo ready"),
    lineAt(1, "[taskmux] exited with status 0 when ready"),
  ]);
  const log = look(logs, { pid: 1, at: start });
  expect(log.lineOf(1)).toBeNull();
  append(logs, mark(2, 99), lineAt(2, "re\u001b[32mady\u001b[0m"));
  log.poll();
  expect(log.lineOf(1)).toBe("ready");
  log.close();
});

test("a launch whose first lines were rotated away, or cleaned, still has its later ones", () => {
  using logs = createLogDirectory();
  logs.write("web", [lineAt(50, "ready")]);
  const log = look(logs, { pid: 1, at: start });
  expect(log.lineOf(1)).toBe("ready");
  log.close();
  const earlier = look(logs, { pid: 2, at: start + 60 });
  expect(earlier.lineOf(2)).toBeNull();
  earlier.close();
});

test("it continues through a rotation, a cleaning, and where there is no log yet", () => {
  using logs = createLogDirectory();
  const log = look(logs, { pid: 1, at: start });
  append(logs, mark(1, 1));
  log.poll();
  renameSync(logs.log("web"), logs.log("web", ".1"));
  append(logs, lineAt(2, "up"));
  log.poll();
  rmSync(logs.log("web"));
  append(logs, lineAt(3, "ready"));
  log.poll();
  expect(log.lineOf(1)).toBe("ready");
  log.close();
});

test("a task that prints lines like our marks without end costs no memory", () => {
  using logs = createLogDirectory();
  logs.write("web", []);
  const log = look(logs, { pid: null, at: null });
  append(
    logs,
    ...Array.from({ length: 1000 }, (_, pid) => mark(pid, pid + 1)),
    lineAt(2000, "ready"),
  );
  log.poll();
  expect([log.lineOf(1), log.lineOf(1000)]).toEqual([null, "ready"]);
  log.close();
});
