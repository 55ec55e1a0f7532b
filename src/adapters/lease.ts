import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "./files.ts";
import { tryFlock, trySharedFlock } from "./libc.ts";
import { makePrivateDirectory, runDirectory } from "./paths.ts";

/** Who watches a session: `start -m` or the daemon. */
export interface Monitor {
  pid: number;
  kind: string;
}

const leasePath = (session: string): string => join(runDirectory(session), "monitor");

/** Readers hold the lease for a moment to see whether it is free: whoever wants it tries again, ms. */
const PATIENCE = 200;

/** Makes this process the session's monitor as long as it lives; or tells which one is. */
export async function takeLease(session: string, kind: string): Promise<true | Monitor> {
  makePrivateDirectory(runDirectory(session));
  const fd = openSync(leasePath(session), "a+", 0o600);
  const deadline = performance.now() + PATIENCE;
  while (!tryFlock(fd)) {
    const holder = readHolder(session);
    if (performance.now() > deadline && holder) {
      closeSync(fd);
      return holder;
    }
    await Bun.sleep(10);
  }
  // The descriptor stays open: the lock lives as long as this process.
  ftruncateSync(fd);
  writeSync(fd, `${JSON.stringify({ pid: process.pid, kind })}\n`);
  return true;
}

const readHolder = (session: string): Monitor | null =>
  readJson(leasePath(session)) as Monitor | null;

/** The session's monitor, if one lives. What the file says counts only while its lock is held. */
export function readLease(session: string): Monitor | null {
  let fd: number;
  try {
    fd = openSync(leasePath(session), "r");
  } catch {
    return null;
  }
  const isFree = trySharedFlock(fd);
  closeSync(fd);
  return isFree ? null : readHolder(session);
}
