import { afterAll, beforeAll, expect, test } from "bun:test";
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Lease,
  leaseHolder,
  readDaemonLease,
  readLease,
  takeLease,
} from "../../../src/adapters/state/lease.ts";
import { tryFlock, trySharedFlock } from "../../../src/adapters/system/libc.ts";
import { isFailure } from "../../../src/domain/failure.ts";
import { directoryWith } from "../../helpers/directory.ts";

const home = directoryWith({});
const { HOME } = process.env;
beforeAll(() => void (process.env["HOME"] = home.path));
afterAll(() => {
  process.env["HOME"] = HOME;
  home[Symbol.dispose]();
});

const project = (session: string, configPath = "/p/taskmux.toml") => ({ session, configPath });

const take = async (session: string): Promise<Lease> => {
  const lease = await takeLease(project(session), "start -m");
  if (isFailure(lease)) throw lease;
  return lease;
};

test("a role that was looked at while it was free can be taken, and is free again at its end", async () => {
  expect(readLease(project("free"))).toBeNull();
  (await take("free")).end();
  expect(readLease(project("free"))).toBeNull();
  const lease = await take("free");
  expect(readLease(project("free"))).toEqual({ pid: process.pid, kind: "start -m" });
  lease.end();
});

test("who acts for another config has no role in this one, and keeps it from all others", async () => {
  const lease = await take("shared");
  const other = project("shared", "/q/taskmux.toml");
  expect(readLease(other)).toBeNull();
  expect(await takeLease(other, "watch")).toMatchObject({
    code: "E701",
    message: expect.stringContaining("start -m of /p/taskmux.toml"),
  });
  lease.end();
});

test("only who listens is a daemon, and it says where", async () => {
  const lease = await take("daemon");
  expect(readDaemonLease(project("daemon"))).toBeNull();
  const where = { host: "127.0.0.1", port: 8765, url: "http://127.0.0.1:8765/", version: "1" };
  lease.tell({ ...where, started_at: "2026-01-01T00:00:00.000Z" });
  expect(readDaemonLease(project("daemon"))).toMatchObject({ pid: process.pid, ...where });
  expect(readDaemonLease(project("daemon", "/q/taskmux.toml"))).toBeNull();
  lease.end();
});

test("a role that was free in a directory that is deleted by now is taken in a new one", async () => {
  const directory = join(home.path, ".taskmux/run/deleted");
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "monitor");
  const descriptor = openSync(path, "a");
  expect(tryFlock(descriptor)).toBe(true);
  const taking = take("deleted");
  // It has opened the file, and waits for its lock.
  await Bun.sleep(0);
  rmSync(directory, { recursive: true });
  closeSync(descriptor);
  const lease = await taking;
  expect(readLease(project("deleted"))).toEqual({ pid: process.pid, kind: "start -m" });
  expect(leaseHolder("deleted", "monitor")).toEqual({ pid: process.pid, kind: "start -m" });
  lease.end();
  expect(leaseHolder("deleted", "monitor")).toBeNull();
});

test("a role that nobody has is taken, however long a reader of its lease takes", async () => {
  const directory = join(home.path, ".taskmux/run/late");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, "monitor");
  const { pid } = Bun.spawnSync(["true"]);
  writeFileSync(path, `${JSON.stringify({ pid, kind: "start -m" })}\n`, { mode: 0o600 });
  const descriptor = openSync(path, "r");
  expect(trySharedFlock(descriptor)).toBe(true);
  const taking = takeLease(project("late"), "start -m");
  // Longer than it tries where the holder lives.
  expect(await Promise.race([taking, Bun.sleep(500)])).toBeUndefined();
  closeSync(descriptor);
  const lease = await taking;
  if (isFailure(lease)) throw lease;
  lease.end();
});
