import type { Project } from "../../domain/config/config.ts";
import { openDaemonLog } from "./log.ts";
import { DETACHED, ownEnvironment } from "../system/environment.ts";
import { callersFileLimit, FILE_LIMIT } from "../system/file-limit.ts";
import { type DaemonLease, readDaemonLease } from "../state/lease.ts";
import { readProcess } from "../processes/table.ts";
import { ownCommand } from "../system/own-command.ts";
import { signalExactly } from "../processes/signals.ts";

/** The options of a daemon. */
export interface DaemonOptions {
  host: string;
  port: number;
  /** Any free port will do if it is taken. */
  orFree: boolean;
  token: string | null;
  /** Stop the tasks when the daemon ends. */
  stopsTasks: boolean;
  /** Names or globs, as of `--profile`. */
  profiles: readonly string[];
}

/**
 * Starts a daemon in a new terminal session and returns the first line of its output: a JSON document that says whether it
 * is running. The token is passed in the environment, because other users can see a process's arguments.
 */
export async function detachDaemon(
  { configPath, session, isNamed }: Project,
  { host, port, orFree, token, stopsTasks, profiles }: DaemonOptions,
): Promise<string> {
  const log = openDaemonLog();
  const named = isNamed ? ["--session", session] : [];
  const where = ["--config", configPath, ...named];
  const address = ["--host", host, "--port", orFree ? `${port}+` : String(port)];
  const ending = stopsTasks ? ["--stop-on-exit"] : [];
  const tasks = profiles.map((name) => `--profile=${name}`);
  const fileLimit = callersFileLimit();
  const child = Bun.spawn(
    [...ownCommand(), "daemon", "--json", ...where, ...address, ...ending, ...tasks],
    {
      cwd: "/",
      detached: true,
      stdin: "ignore",
      stdout: "pipe",
      stderr: log,
      env: {
        ...ownEnvironment(),
        [DETACHED]: "1",
        ...(token !== null && { TASKMUX_TOKEN: token }),
        ...(fileLimit !== null && { [FILE_LIMIT]: String(fileLimit) }),
      },
    },
  );
  child.unref();
  return firstLine(child.stdout);
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.split("\n", 1)[0]!;
}

/** Pause between checks whether a daemon has ended, ms. */
const PAUSE = 10;

/** Sends SIGTERM to the daemon that holds the lease; false if it is still running after `patience` ms. */
export async function endDaemon(
  project: Project,
  { pid }: DaemonLease,
  patience: number,
): Promise<boolean> {
  const isStill = () => readDaemonLease(project)?.pid === pid;
  const found = readProcess(pid);
  // While the lease is held, the pid is that of its holder.
  if (found !== null && isStill()) signalExactly(found, "SIGTERM");
  for (const deadline = performance.now() + patience; isStill(); await Bun.sleep(PAUSE)) {
    if (performance.now() > deadline) return false;
  }
  return true;
}
