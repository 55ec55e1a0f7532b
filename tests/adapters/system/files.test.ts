import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openDaemonLog, writeDaemonLog } from "../../../src/adapters/daemon/log.ts";
import {
  isMissing,
  makeMissingSpares,
  readJson,
  readRecord,
  readText,
  replaceOwnFile,
} from "../../../src/adapters/system/files.ts";
import { makeFifo } from "../../../src/adapters/system/libc.ts";
import { directoryWith } from "../../helpers/directory.ts";

const isRoot = process.geteuid?.() === 0;

test("a missing record is null; an unreadable one is the system's error", () => {
  using root = directoryWith({ there: '{"a": 1}', torn: '{"a": ' });
  const at = (name: string) => join(root.path, name);
  expect(readJson(at("there"))).toEqual({ a: 1 });
  expect(readJson(at("torn"))).toBeNull();
  expect(readRecord(at("missing"))).toBeNull();
  expect(readRecord(at("there/below"))).toBeNull();
  symlinkSync("loop", at("loop"));
  expect(() => readRecord(at("loop"))).toThrow(
    expect.objectContaining({ code: "ELOOP", path: at("loop") }),
  );
});

test.skipIf(isRoot)("a closed record is no missing one", () => {
  using root = directoryWith({ closed: "" });
  chmodSync(join(root.path, "closed"), 0);
  expect(() => readRecord(join(root.path, "closed"))).toThrow(
    expect.objectContaining({ code: "EACCES" }),
  );
});

test("what is no regular file, or too large, is never waited for nor read", () => {
  using root = directoryWith({});
  const at = (name: string) => join(root.path, name);
  makeFifo(at("fifo"));
  mkdirSync(at("directory"));
  symlinkSync("/dev/zero", at("device"));
  writeFileSync(at("large"), "");
  truncateSync(at("large"), 5_000_000_000);
  for (const [name, code] of [
    ["fifo", "ENOTREG"],
    ["directory", "ENOTREG"],
    ["device", "ENOTREG"],
    ["large", "EFBIG"],
  ] as const) {
    expect(readText(at(name))).toBeNull();
    expect(() => readRecord(at(name))).toThrow(expect.objectContaining({ code, path: at(name) }));
  }
});

test.each([
  ["a file", "file", false],
  ["nothing", "none", true],
  ["something below nothing", "none/file", true],
  ["something below a file", "file/below", true],
  ["a link to nothing", "dangling", true],
  // What can't be looked at is not known to be missing.
  ["a link to itself", "loop", false],
  ["a name that is too long", "x".repeat(300), false],
])("%s is missing or not", (_, name, missing) => {
  using directory = directoryWith({ file: "" });
  symlinkSync("nowhere", join(directory.path, "dangling"));
  symlinkSync("loop", join(directory.path, "loop"));
  expect(isMissing(join(directory.path, name))).toBe(missing);
});

test("the first text of a record takes the room of the next one too", () => {
  using root = directoryWith({});
  const path = join(root.path, "state.json");
  replaceOwnFile(path, "first\n");
  expect(existsSync(`${path}.spare`)).toBe(true);
  replaceOwnFile(path, "next\n");
  expect(readRecord(path)).toBe("next\n");
});

test("the room of the next text can be taken later, for the files of one directory", () => {
  using root = directoryWith({ "one/x": "", "one-more/x": "" });
  const [one, other] = ["one/state.json", "one-more/state.json"].map((name) =>
    join(root.path, name),
  );
  for (const path of [one!, other!]) replaceOwnFile(path, "first\n", "before release");
  expect([one, other].map((path) => existsSync(`${path}.spare`))).toEqual([false, false]);
  makeMissingSpares(join(root.path, "one"));
  expect([one, other].map((path) => existsSync(`${path}.spare`))).toEqual([true, false]);
  for (const path of [one!, other!]) {
    replaceOwnFile(path, "next\n");
    expect(readRecord(path)).toBe("next\n");
  }
  // The spare that the next text has made is not made again.
  makeMissingSpares(root.path);
  expect(readRecord(`${other}.spare`)).toBe("first\n");
});

test("a FIFO in the place of a spare, a log or a lock is refused and not waited for", async () => {
  using root = directoryWith({});
  const at = (name: string) => join(root.path, name);
  makeFifo(at("state.json.spare"));
  expect(() => replaceOwnFile(at("state.json"), "text\n")).toThrow(
    expect.objectContaining({ code: "ENOTREG", path: at("state.json") }),
  );
  makeFifo(at("daemon.log"));
  expect(() => openDaemonLog(at("daemon.log"))).toThrow(expect.objectContaining({ code: "ENXIO" }));
  writeDaemonLog("demo", "costs nothing but the line", at("daemon.log"));
});
