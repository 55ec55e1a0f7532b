import { existsSync } from "node:fs";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { isTable } from "../../domain/values/shape.ts";
import { readJson } from "../system/files.ts";
import { runDirectory } from "../system/paths.ts";
import type { MarkedSession } from "../tmux/arguments.ts";
import { usualSocket } from "../tmux/reasons.ts";
import { isServerAlive, type RecordedServer } from "../tmux/server.ts";
import { Tmux } from "../tmux/tmux.ts";

/** How long a server may take to list its sessions, ms: one that hangs must not hide the others. */
const ANSWER_LIMIT = 2000;

/** The sessions of taskmux that run, and why a server did not tell. */
export interface RunningSessions {
  sessions: MarkedSession[];
  failures: Failure[];
}

/** Asks the servers on record that run, and the usual one: one call of tmux for each. */
export async function runningSessions(names: readonly string[]): Promise<RunningSessions> {
  const answers = await Promise.all(serversToAsk(names).map(ask));
  return {
    sessions: answers.flatMap((answer) => (isFailure(answer) ? [] : answer)),
    failures: answers.filter(isFailure),
  };
}

/** Null: the usual server, of which nothing is on record. */
function serversToAsk(names: readonly string[]): (RecordedServer | null)[] {
  const recorded = names.map(serverOf).filter((server) => server !== null);
  const bySocket = new Map(recorded.map((server) => [`${server.socket} ${server.pid}`, server]));
  const running = [...bySocket.values()].filter(isServerAlive);
  const usual = usualSocket();
  const isUnknown = !running.some(({ socket }) => socket === usual) && existsSync(usual);
  return isUnknown ? [...running, null] : running;
}

/** An unreadable record of one session says nothing about the others. */
function serverOf(session: string): RecordedServer | null {
  try {
    const value = readJson(`${runDirectory(session)}/server.json`);
    const isServer =
      isTable(value) && typeof value["socket"] === "string" && typeof value["pid"] === "number";
    return isServer ? (value as unknown as RecordedServer) : null;
  } catch {
    return null;
  }
}

function ask(recorded: RecordedServer | null): Promise<MarkedSession[] | Failure> {
  const tmux = new Tmux({ directory: "/", recorded, isLauncher: () => false, notice: () => {} });
  tmux.answerWithin(ANSWER_LIMIT);
  return tmux.markedSessions();
}
