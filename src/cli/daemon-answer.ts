import { daemonLogPath } from "../adapters/daemon/log.ts";
import { type ErrorCode, Failure } from "../domain/failure.ts";
import type { DaemonStarted } from "../domain/results/daemon.ts";

/** Where a daemon listens, for people. */
export const listening = ({ session, pid, url }: DaemonStarted): string[] => [
  `daemon of session '${session}', pid ${pid}: ${url}`,
];

type DaemonNotStarted = { ok: false; error: string; hint?: string; error_code: ErrorCode };

/** The first line of a daemon that was begun in the background. */
export function readDaemonAnswer(output: string): DaemonStarted | Failure {
  try {
    const answer = JSON.parse(output) as DaemonStarted | DaemonNotStarted;
    return answer.ok ? answer : new Failure(answer.error_code, answer.error, answer.hint);
  } catch {
    return new Failure(
      "E900",
      "The daemon ended before it was listening",
      `See ${daemonLogPath()}`,
    );
  }
}
