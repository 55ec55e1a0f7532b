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
  /** Others may listen beside it (SO_REUSEPORT). */
  isShared?: boolean;
  /** Its parent is gone: it was handed to init or a subreaper. */
  isOrphan?: boolean;
  /** It leads a terminal session of its own. */
  isLeader?: boolean;
  /** It doesn't end by SIGTERM. */
  isStubborn?: boolean;
  /** Beside the test's own. */
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

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  server.stop(true);
  return server.port;
}
