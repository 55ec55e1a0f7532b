import { expect, test } from "bun:test";
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LARGEST_DAEMON_LOG, writeDaemonLog } from "../../../src/adapters/daemon/log.ts";
import { directoryWith } from "../../helpers/directory.ts";

const FULL = "x".repeat(LARGEST_DAEMON_LOG);

test("a line has its time, its session and its process", () => {
  using directory = directoryWith({});
  const path = join(directory.path, "daemon.log");
  writeDaemonLog("demo", "web: started", path);
  const [ts, who, ...text] = readFileSync(path, "utf8").trimEnd().split(" ");
  expect(new Date(ts!).toISOString()).toBe(ts!);
  expect([who, text.join(" ")]).toEqual([`demo[${process.pid}]`, "web: started"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a full log is rotated with the line that filled it, and two old ones are kept", () => {
  using directory = directoryWith({
    "daemon.log": "newest ",
    "daemon.log.1": "older",
    "daemon.log.2": "oldest",
  });
  const path = join(directory.path, "daemon.log");
  writeFileSync(path, FULL, { flag: "a" });
  writeDaemonLog("demo", "the last of it", path);
  writeDaemonLog("demo", "the first of the next", path);
  const read = (name: string) => readFileSync(`${path}${name}`, "utf8");
  expect(read("")).toEndWith("the first of the next\n");
  expect(read("")).not.toContain("the last of it");
  expect(read(".1")).toStartWith("newest ");
  expect(read(".1")).toEndWith("the last of it\n");
  expect(read(".2")).toBe("older");
});

test("a symbolic link in its place is not followed", () => {
  using directory = directoryWith({ victim: "untouched" });
  const path = join(directory.path, "daemon.log");
  symlinkSync(join(directory.path, "victim"), path);
  writeDaemonLog("demo", "web: started", path);
  expect(readFileSync(join(directory.path, "victim"), "utf8")).toBe("untouched");
});
