import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../domain/failure.ts";
import { readJson } from "./files.ts";
import { tryFlock, trySharedFlock } from "./libc.ts";
import { makePrivateDirectory, runDirectory } from "./paths.ts";

/** What only one process a session does: watch its tasks, or its config. */
export type Role = "monitor" | "watch";

/** Who has a role: `start -m`, `watch` or the daemon. */
export interface Monitor {
  pid: number;
  kind: string;
}

/** What a daemon tells of itself beside that. */
export interface DaemonLease extends Monitor {
  host: string;
  port: number;
  url: string;
  /** ISO 8601 UTC. */
  started_at: string;
  version: string;
}

const leasePath = (session: string, role: Role): string => join(runDirectory(session), role);

/** Readers hold the lease for a moment to see whether it is free: whoever wants it tries again, ms. */
const PATIENCE = 200;

/**
 * Gives this process a role as long as it lives, or until the lease is let go; or tells who has it. What `holder` says
 * of itself stands in the lease, with its pid.
 */
export async function takeLease(
  session: string,
  holder: Omit<Monitor, "pid">,
  role: Role = "monitor",
): Promise<Lease | Monitor> {
  makePrivateDirectory(runDirectory(session));
  const path = leasePath(session, role);
  const fd = openSync(path, "a+", 0o600);
  const deadline = performance.now() + PATIENCE;
  while (!tryFlock(fd)) {
    const other = readHolder(path);
    if (performance.now() > deadline && other) {
      closeSync(fd);
      return other;
    }
    await Bun.sleep(10);
  }
  return new Lease(fd, holder);
}

/** A role that this process has. The lock lives as long as the descriptor: with the process, if nothing lets it go. */
export class Lease {
  readonly #fd: number;

  constructor(fd: number, holder: Omit<Monitor, "pid">) {
    this.#fd = fd;
    this.tell(holder);
  }

  /** Puts what the holder says of itself in place of what it said before. */
  tell(holder: Omit<Monitor, "pid"> | Omit<DaemonLease, "pid">): void {
    ftruncateSync(this.#fd);
    writeSync(this.#fd, `${JSON.stringify({ pid: process.pid, ...holder })}\n`);
  }

  end(): void {
    closeSync(this.#fd);
  }
}

const readHolder = (path: string): (Monitor & Partial<DaemonLease>) | null =>
  readJson(path) as Monitor | null;

const WORDS: Record<Role, string> = { monitor: "monitored", watch: "watched for changes" };

/** The role is taken: who has it, and how to end that. */
export const heldFailure = (session: string, role: Role, { pid, kind }: Monitor): Failure =>
  new Failure(
    "E701",
    `Session '${session}' is ${WORDS[role]} already by pid ${pid} (${kind})`,
    `End that one first: ${kind === "daemon" ? "taskmux daemon stop" : `kill ${pid}`}`,
  );

/** Who has the role, if anyone lives who does. */
export function readLease(session: string, role: Role = "monitor"): Monitor | null {
  const holder = readHeld(session, role);
  return holder && { pid: holder.pid, kind: holder.kind };
}

/** The session's daemon, if one lives and listens. */
export function readDaemonLease(session: string): DaemonLease | null {
  const holder = readHeld(session, "monitor");
  return holder?.port === undefined ? null : (holder as DaemonLease);
}

/** What the file says counts only while its lock is held. */
function readHeld(session: string, role: Role) {
  const path = leasePath(session, role);
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return null;
  }
  const isFree = trySharedFlock(fd);
  closeSync(fd);
  return isFree ? null : readHolder(path);
}
