import { closeSync, constants, ftruncateSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Project } from "../../domain/config/config.ts";
import { type ConfigIdentity, isConfigOf } from "../../domain/config/identity.ts";
import { Failure } from "../../domain/failure.ts";
import { openOwn, readJson, withPath } from "../system/files.ts";
import { trySharedFlock } from "../system/libc.ts";
import { openWhenFree } from "../system/locked-file.ts";
import { makePrivateDirectory, runDirectory } from "../system/paths.ts";

/** A role that only one process has in a session: to watch its tasks, or its config. */
export type Role = "monitor" | "watch";

/** The holder of a role: `start -m`, `watch` or the daemon. */
export interface Monitor {
  pid: number;
  kind: string;
}

/** The content of a lease. 0.1.0 wrote no `config`. */
interface Holder extends Monitor, Partial<Omit<DaemonLease, keyof Monitor>> {
  /** Absolute path of the config that it is for. */
  config?: string;
}

/** A daemon's lease has these fields in addition. */
export interface DaemonLease extends Monitor {
  host: string;
  port: number;
  url: string;
  /** ISO 8601 UTC. */
  started_at: string;
  version: string;
}

const leasePath = (session: string, role: Role): string => join(runDirectory(session), role);

/** How long to retry, ms: readers hold the lease for a moment to check whether it is free. */
const LEASE_TIMEOUT = 200;

/** The same while only readers hold it, ms: a busy machine may let them wait. */
const READER_TIMEOUT = 60_000;

/** The project of a role. */
type Leased = Pick<Project, "session"> & ConfigIdentity;

/**
 * Takes a role for this process, until it ends or releases the lease; E701 if another process has it, whatever its config.
 * `kind` is written to the lease, with the pid and the config.
 */
export async function takeLease(
  project: Leased,
  kind: string,
  role: Role = "monitor",
): Promise<Lease | Failure> {
  const { session, configPath } = project;
  const path = leasePath(session, role);
  const deadline = performance.now() + READER_TIMEOUT;
  for (;;) {
    const fd = await openWhenFree(path, openLease, LEASE_TIMEOUT);
    if (fd !== null) return new Lease(fd, path, kind, configPath);
    const isLate = performance.now() >= deadline;
    const other = isLate ? readHolder(path) : readLocked(path);
    if (other) return heldFailure(project, role, other);
  }
}

/** Another process may have deleted the directory, with a lease that was free. */
function openLease(path: string): number {
  makePrivateDirectory(dirname(path));
  return openOwn(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
}

/** A role of this process. The lock is released with the descriptor, at the latest when the process ends. */
export class Lease {
  readonly #fd: number;
  readonly #path: string;
  readonly #kind: string;
  readonly #config: string;

  constructor(fd: number, path: string, kind: string, config: string) {
    this.#path = path;
    this.#kind = kind;
    this.#config = config;
    this.#fd = fd;
    this.tell({});
  }

  /** Sets the fields of a daemon, replacing earlier ones. */
  tell(more: Partial<Omit<DaemonLease, keyof Monitor>>): void {
    const holder: Holder = { pid: process.pid, kind: this.#kind, config: this.#config, ...more };
    withPath(this.#path, () => {
      ftruncateSync(this.#fd);
      writeSync(this.#fd, `${JSON.stringify(holder)}\n`);
    });
  }

  end(): void {
    closeSync(this.#fd);
  }
}

const readHolder = (path: string): Holder | null => readJson(path) as Holder | null;

const WORDS: Record<Role, string> = { monitor: "monitored", watch: "watched for changes" };

/** The failure for a role that is taken: who has it, and how to end that process. */
function heldFailure(project: Leased, role: Role, holder: Holder): Failure {
  const { session, configPath } = project;
  const { pid, kind, config = configPath } = holder;
  const isOwn = isConfigOf(project, config);
  const whose = isOwn ? "" : ` of ${config}`;
  return new Failure(
    "E701",
    `Session '${session}' is already ${WORDS[role]} by pid ${pid} (${kind}${whose})`,
    `Stop it first: ${kind === "daemon" && isOwn ? "taskmux daemon stop" : `kill ${pid}`}`,
  );
}

/** The holder of the role for this project, if it is running. */
export function readLease(project: Leased, role: Role = "monitor"): Monitor | null {
  const holder = readHeld(project, role);
  return holder && { pid: holder.pid, kind: holder.kind };
}

/** The project's daemon, if it is running and listening. */
export function readDaemonLease(project: Leased): DaemonLease | null {
  const holder = readHeld(project, "monitor");
  if (holder?.port === undefined) return null;
  const { config: _, ...lease } = holder;
  return lease as DaemonLease;
}

/** The process that has a role in a session, whatever its config. */
export function leaseHolder(session: string, role: Role): Monitor | null {
  const holder = readLocked(leasePath(session, role));
  return holder && { pid: holder.pid, kind: holder.kind };
}

/** A holder for another config has no role for this one. */
function readHeld(project: Leased, role: Role): Holder | null {
  const holder = readLocked(leasePath(project.session, role));
  return isConfigOf(project, holder?.config ?? project.configPath) ? holder : null;
}

/** A lease counts only while it is locked. */
function readLocked(path: string): Holder | null {
  let fd: number;
  try {
    fd = openOwn(path, constants.O_RDONLY);
  } catch {
    return null;
  }
  const isFree = trySharedFlock(fd);
  closeSync(fd);
  return isFree ? null : readHolder(path);
}
