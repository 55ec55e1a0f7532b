import { expect, test } from "bun:test";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { tryFlock } from "../../../src/adapters/system/libc.ts";
import { LogReaders, readerOf } from "../../../src/adapters/logs/readers.ts";

const self = readerOf({}, process.pid);

/** Readers of a session of their own: the directory is that of $HOME. */
function createReaders() {
  const before = process.env["HOME"];
  const home = mkdtempSync("/tmp/tmx-readers-");
  process.env["HOME"] = home;
  const directory = join(home, ".taskmux/run/demo/readers");
  return {
    readers: new LogReaders("demo"),
    directory,
    files: () => readdirSync(directory).filter((name) => name.endsWith(".json")),
    [Symbol.dispose]: () => {
      process.env["HOME"] = before;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const advance = (readers: LogReaders, reader: ReturnType<typeof readerOf>, size: number) =>
  readers.resume(reader, (before) => ({
    result: before?.progress ?? null,
    after: { web: { file: size } },
  }));

test("each reader has its own position", async () => {
  using world = createReaders();
  const { readers } = world;
  const other = readerOf({ TASKMUX_READER: "agent" }, process.pid);
  expect(await advance(readers, self, 10)).toBeNull();
  expect(await advance(readers, other, 20)).toBeNull();
  expect(await advance(readers, self, 11)).toEqual({ web: { file: 10 } });
  expect(await advance(readers, other, 21)).toEqual({ web: { file: 20 } });
});

test("tasks that a call leaves out stay where they were", async () => {
  using world = createReaders();
  const { readers } = world;
  await advance(readers, self, 10);
  await readers.resume(self, () => ({ result: null, after: { api: { file: 5 } } }));
  expect(await advance(readers, self, 11)).toEqual({ web: { file: 10 }, api: { file: 5 } });
});

test("a call that fails moves nothing, and lets go of its reader", async () => {
  using world = createReaders();
  const { readers } = world;
  await advance(readers, self, 10);
  await readers.resume(self, () => ({ result: null }));
  const thrown = readers.resume(self, () => {
    throw new Error("nobody reads");
  });
  expect(thrown).rejects.toThrow("nobody reads");
  expect(await advance(readers, self, 11)).toEqual({ web: { file: 10 } });
});

test("a call waits while another one of its reader acts", async () => {
  using world = createReaders();
  const { readers, directory } = world;
  await advance(readers, self, 0);
  const other = openSync(join(directory, `pid-${process.pid}.lock`), "a");
  expect(tryFlock(other)).toBe(true);
  const order: string[] = [];
  const call = readers.resume(self, () => ({ result: order.push("acts") }));
  await Bun.sleep(30);
  order.push("the other ends");
  closeSync(other);
  await call;
  expect(order).toEqual(["the other ends", "acts"]);
});

test("no step of many calls of one reader is lost", async () => {
  using world = createReaders();
  const { readers } = world;
  await advance(readers, self, 0);
  const step = () =>
    readers.resume(self, (before) => ({
      result: null,
      after: { web: { file: (before?.progress["web"]?.["file"] ?? 0) + 1 } },
    }));
  await Promise.all(Array.from({ length: 20 }, step));
  expect(await advance(readers, self, 0)).toEqual({ web: { file: 20 } });
});

test("a reader is its pid and its start time: a later process with its pid begins again", async () => {
  using world = createReaders();
  const { readers } = world;
  const earlier = { pid: process.pid, startTime: "1" };
  await advance(readers, earlier, 10);
  expect(await advance(readers, self, 10)).toBeNull();
});

test("readers that have ended go when a new one comes; files are for this user only", async () => {
  using world = createReaders();
  const { readers, directory, files } = world;
  const child = Bun.spawn(["sleep", "1000"]);
  await advance(readers, readerOf({}, child.pid), 10);
  await advance(readers, readerOf({ TASKMUX_READER: "agent" }, 1), 10);
  child.kill();
  await child.exited;
  writeFileSync(join(directory, "name-x.json.99999999.1.tmp"), "{");
  await advance(readers, self, 10);
  expect(files().toSorted()).toEqual([expect.stringMatching(/^name-/), `pid-${process.pid}.json`]);
  expect(readdirSync(directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  for (const name of readdirSync(directory))
    expect(statSync(join(directory, name)).mode & 0o077).toBe(0);
});

test("a name may be anything", async () => {
  using world = createReaders();
  const { readers, files } = world;
  const names = ["../../x", "a/b", "x".repeat(5000), "é\n\0", "A", "a"];
  for (const name of names)
    expect(await advance(readers, readerOf({ TASKMUX_READER: name }, 1), 1)).toBeNull();
  expect(files().length).toBe(names.length);
});
