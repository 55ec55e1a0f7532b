import type { Project } from "../domain/config.ts";
import { openDaemonLog } from "./daemon-log.ts";
import { tmuxEnvironment } from "./environment.ts";
import { type DaemonLease, readDaemonLease } from "./lease.ts";
import { readProcess } from "./process-table.ts";
import { signalExactly } from "./processes.ts";
import { ownCommand } from "./self.ts";

/** Set for the process that is put into the background, and for nothing that it starts. */
export const DETACHED = "TASKMUX_DETACHED";

/**
 * Starts a daemon in a session of its own and returns its first line of output: a JSON document that says
 * whether it watches. The token goes through the environment: other
 * users see the arguments of a process.
 */
export async function detachDaemon(
  { configPath, session }: Project,
  { host, port, token }: { host: string; port: number; token: string | null },
): Promise<string> {
  const log = openDaemonLog();
  const where = ["--config", configPath, "--session", session];
  const address = ["--host", host, "--port", String(port)];
  const child = Bun.spawn([...ownCommand(), "daemon", "--json", ...where, ...address], {
    cwd: "/",
    detached: true,
    stdin: "ignore",
    stdout: "pipe",
    stderr: log,
    env: { ...tmuxEnvironment(), [DETACHED]: "1", ...(token !== null && { TASKMUX_TOKEN: token }) },
  });
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

/** How often to look whether a daemon has ended, ms. */
const PAUSE = 10;

/** Sends SIGTERM to the daemon that has the lease, and to nothing else; false if it lives on after `patience` ms. */
export async function endDaemon(
  session: string,
  { pid }: DaemonLease,
  patience: number,
): Promise<boolean> {
  const isStill = () => readDaemonLease(session)?.pid === pid;
  const found = readProcess(pid);
  // While the lease is held, the pid is its holder's.
  if (found !== null && isStill()) signalExactly(found, "SIGTERM");
  for (const deadline = performance.now() + patience; isStill(); await Bun.sleep(PAUSE)) {
    if (performance.now() > deadline) return false;
  }
  return true;
}
