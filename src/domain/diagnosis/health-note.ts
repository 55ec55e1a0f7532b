import { printableLine } from "../values/printable.ts";
import type { TaskStatus } from "../results/results.ts";
import type { TaskState } from "../tasks/lifecycle.ts";

/** The line at which a task waits, in words. */
export const waitsAtNote = (line: string): string => printableLine(`waits at: ${line}`);

/** A prompt explains these states better than a check does. */
const MAY_ASK: ReadonlySet<TaskState> = new Set(["running", "starting", "unhealthy"]);

/** One line that explains a task's state, or "" if the state explains itself. */
export function healthNote({
  state,
  pid,
  last_health,
  exit_code,
  exit_signal,
  auto_start,
  profiles,
  want,
  refused,
  left,
  waits_at,
}: TaskStatus): string {
  if (waits_at !== null && MAY_ASK.has(state)) return waitsAtNote(waits_at);
  switch (state) {
    case "running":
      return last_health === null ? "alive" : "ok";
    case "exited":
      return left.length > 0 ? "went to the background" : `exit status ${exit_code}`;
    case "failed":
    case "backoff":
      if (pid !== null) return givenUpNote(last_health);
      if (exit_signal !== null) return `ended by ${exit_signal}`;
      return exit_code === null ? "its process is gone" : `exit status ${exit_code}`;
    case "stopped":
      if (refused !== null) return printableLine(`not launched: ${refused.reason}`);
      return want === "down" ? manualNote(auto_start, profiles) : "";
    case "stopping":
      return "being stopped";
    case "starting":
      if (pid === null) return "being launched";
      return checkNote(last_health);
    case "unhealthy":
      return checkNote(last_health);
  }
}

/** Why a bare `start` leaves the task alone, or "". */
function manualNote(autoStart: boolean, profiles: readonly string[]): string {
  if (!autoStart) return "auto_start is off";
  if (profiles.length === 0) return "";
  return `${profiles.length === 1 ? "profile" : "profiles"} ${profiles.join(", ")}`;
}

/** The task still has a process, but no monitor restarts it. */
const givenUpNote = (last: TaskStatus["last_health"]): string =>
  last === null || last.ok ? "given up" : `given up: ${checkNote(last)}`;

const checkNote = (last: TaskStatus["last_health"]): string =>
  printableLine((last && checkReason(last)) ?? "waiting");

/** Why a check failed, worded so that an exit status of the check isn't taken for the task's. */
export function checkReason({ method, reason }: CheckResult): string | null {
  const isEnd =
    method === "command" && reason !== null && /^(?:exited with|ended by) /.test(reason);
  return isEnd ? `health check ${reason}` : reason;
}

type CheckResult = { method: string; reason: string | null };
