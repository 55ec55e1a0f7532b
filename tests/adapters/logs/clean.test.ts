import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deleteLog, logsIn } from "../../../src/adapters/logs/clean.ts";
import { createLogDirectory } from "../../helpers/log-directory.ts";

test("a log is deleted with its rotated files, and nothing else", () => {
  using logs = createLogDirectory();
  for (const name of [
    "web.log",
    "web.log.1",
    "web.log.12",
    "web.log.old",
    "web.log.0",
    "web2.log",
    "web.log.1.log",
    "note",
  ])
    writeFileSync(join(logs.path, name), "x");
  expect(deleteLog(logs.log("web")).sort()).toEqual(
    ["", ".1", ".12"].map((suffix) => logs.log("web", suffix)),
  );
  expect(readdirSync(logs.path).sort()).toEqual([
    "note",
    "web.log.0",
    "web.log.1.log",
    "web.log.old",
    "web2.log",
  ]);
  expect(deleteLog(logs.log("web"))).toEqual([]);
});

test("a link is deleted, not what it leads to", () => {
  using logs = createLogDirectory();
  writeFileSync(join(logs.path, "kept"), "x");
  symlinkSync(join(logs.path, "kept"), logs.log("web"));
  expect(deleteLog(logs.log("web"))).toEqual([logs.log("web")]);
  expect(existsSync(join(logs.path, "kept"))).toBe(true);
});

test("a device or a directory is no log", () => {
  using logs = createLogDirectory();
  mkdirSync(logs.log("web"));
  expect(deleteLog("/dev/null")).toEqual([]);
  expect(deleteLog(logs.log("web"))).toEqual([]);
  expect(existsSync("/dev/null")).toBe(true);
});

test("a session's logs are those with a task's name", () => {
  using logs = createLogDirectory();
  for (const name of [
    "web.log",
    "api.v2.log.3",
    ".hidden.log",
    "-x.log",
    "notes.txt",
    "web.log.bak",
    "we b.log",
  ])
    writeFileSync(join(logs.path, name), "x");
  expect(logsIn(logs.path).map(({ task }) => task)).toEqual(["api.v2", "web"]);
  expect(logsIn(logs.path)[0]!.path).toBe(join(logs.path, "api.v2.log"));
});

test("a directory that is a link to elsewhere has none", () => {
  using logs = createLogDirectory();
  using other = createLogDirectory();
  writeFileSync(other.log("web"), "x");
  rmSync(logs.path, { recursive: true });
  symlinkSync(other.path, logs.path);
  expect(logsIn(logs.path)).toEqual([]);
  expect(logsIn("/dev/none")).toEqual([]);
  rmSync(logs.path);
});
