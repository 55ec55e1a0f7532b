import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { isAlive, signal } from "./processes.ts";

/** Programs that listen on a port, begun by a test and ended with it. */
export interface Listening extends AsyncDisposable {
  /** Where its files are; removed with it. */
  readonly directory: string;
  /** A port that nobody listened on a moment ago. */
  freePort(): number;
  /** Begins a program that listens; returns its pid once it does. */
  listen(port: number, options?: ListenOptions): Promise<number>;
  /** Ends a process with the test. */
  track(pid: number): number;
}

export interface ListenOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Others may listen next to it (SO_REUSEPORT). */
  isShared?: boolean;
  /** Its parent is gone: it was handed to init or a subreaper. */
  isOrphan?: boolean;
  /** It leads a terminal session of its own. */
  isLeader?: boolean;
  /** It doesn't end by SIGTERM. */
  isStubborn?: boolean;
  /** Default: a directory of the test's own, which is no project. */
  cwd?: string;
  /** A program that runs it, with arguments: `nice -n 1`. */
  through?: string[];
  /** In addition to the test's own. */
  env?: Record<string, string>;
}

const PROGRAM = `
  const [port, hostname, file, shared, stubborn] = process.argv.slice(2);
  const socket = { data() {}, open() {} };
  Bun.listen({ hostname, port: Number(port), reusePort: shared === "true", exclusive: shared !== "true", socket });
  if (stubborn === "true") process.on("SIGTERM", () => {});
  await Bun.write(file + ".part", String(process.pid));
  require("node:fs").renameSync(file + ".part", file);`;

export function listening(): Listening {
  const directory = mkdtempSync(join(tmpdir(), "tmx-ports-"));
  const program = join(directory, "listener.ts");
  writeFileSync(program, PROGRAM);
  const pids: number[] = [];
  let count = 0;

  const listen = async (port: number, options: ListenOptions = {}): Promise<number> => {
    const { host = "127.0.0.1", isShared = false, isStubborn = false } = options;
    const file = join(directory, `pid${++count}`);
    const argv = [
      ...(options.through ?? []),
      process.execPath,
      "run",
      program,
      String(port),
      host,
      file,
      `${isShared}`,
      `${isStubborn}`,
    ];
    const child = Bun.spawn(options.isOrphan ? ["sh", "-c", '"$@" &', "sh", ...argv] : argv, {
      cwd: options.cwd ?? directory,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "ignore", "inherit"],
      detached: options.isLeader ?? false,
    });
    if (options.isOrphan) await child.exited;
    else pids.push(child.pid);
    const pid = await eventually(() => Number(readFileSync(file, "utf8")));
    pids.push(pid);
    return pid;
  };

  const end = async (): Promise<void> => {
    for (const pid of pids) signal(pid, "SIGKILL");
    await eventually(() => !pids.some(isAlive));
    rmSync(directory, { recursive: true, force: true });
  };
  return {
    directory,
    listen,
    freePort,
    track: (pid) => (pids.push(pid), pid),
    [Symbol.asyncDispose]: end,
  };
}

/**
 * Below the ports that systems give to connections: one of those, even closed a minute ago, keeps others from listening.
 * And below those of `port = "auto"`.
 */
const [FIRST_PORT, PORTS] = [12_000, 8000];

/** Test files run in several processes: each begins elsewhere, far from those with the next pids, and takes no port twice. */
let taken = process.pid * 1237;

/** A TCP port that nobody listens on just now, on any address, and that no other test is given. */
export function freePort(): number {
  for (;;) {
    const port = FIRST_PORT + (++taken % PORTS);
    if (isFree("127.0.0.1", port) && isFree("0.0.0.0", port) && isFree("::", port)) return port;
  }
}

/** Ranges of ports below those of {@link freePort}, and above those that tests name without listening on them. */
const [FIRST_RANGE, RANGES, RANGE] = [6000, 200, 30];
let ranges = process.pid * 31;

/**
 * The first of 29 ports that nobody listens on and that no other test is given: worlds don't see which ports others have
 * chosen. The last port of the range is held until this process ends, and so shows others that the range is taken.
 */
export function freeRange(): number {
  for (let tries = 0; tries < RANGES; tries++) {
    const first = FIRST_RANGE + (++ranges % RANGES) * RANGE;
    const ports = Array.from({ length: RANGE - 1 }, (_, index) => first + index);
    if (holds(first + RANGE - 1) && ports.every(isFreeHere)) return first;
  }
  throw new Error("every range of ports is taken");
}

function holds(port: number): boolean {
  try {
    Bun.listen({ hostname: "127.0.0.1", port, exclusive: true, socket: { data() {} } }).unref();
    return true;
  } catch {
    return false;
  }
}

const isFreeHere = (port: number): boolean => isFree("127.0.0.1", port) && isFree("::", port);

function isFree(hostname: string, port: number): boolean {
  try {
    Bun.listen({ hostname, port, exclusive: true, socket: { data() {} } }).stop(true);
    return true;
  } catch (error) {
    // A machine may have no IPv6.
    return (error as NodeJS.ErrnoException).code !== "EADDRINUSE" && hostname === "::";
  }
}
