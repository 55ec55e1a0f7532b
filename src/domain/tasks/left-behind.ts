import type { Task } from "../config/config.ts";
import { Failure } from "../failure.ts";
import { foregroundForm } from "../diagnosis/foreground.ts";
import { type End, hasExitedWithZero, type TaskState } from "./lifecycle.ts";

/** A process that runs on after its task's command has ended with 0: the task went to the background. */
export interface LeftProcess {
  pid: number;
  /** Its command line, as far as known. */
  command: string;
  /** The TCP ports on which it listens. */
  ports: number[];
}

/** Whether a task may have gone to the background. A job may leave what it likes: it has done its work. */
export const mayHaveLeft = (
  { oneshot }: Pick<Task, "oneshot">,
  state: TaskState,
  end: End | null,
): boolean => state === "exited" && !oneshot && end !== null && hasExitedWithZero(end);

/** What has happened, as the rest of a sentence that begins with the task's name. */
export const backgroundReason = (left: readonly LeftProcess[]): string =>
  `went to the background: its command exited with status 0 and left ${describeLeft(left)}`;

/** E217: a command ended with 0 and left processes behind; `reason` is its {@link backgroundReason}. */
export const backgroundFailure = (
  { name, command }: Pick<Task, "name" | "command">,
  reason: string,
): Failure => new Failure("E217", `Task '${name}' ${reason}`, foregroundHint(command));

/** What to do about a command that goes to the background. */
export const foregroundHint = (command: string): string =>
  `Run it in the foreground: ${foregroundForm(command) ?? "most programs have an option for that"}`;

/** At most this many processes are named. */
const MOST_NAMED = 3;

/** "pid 42 (nginx), listening on port 80, and 2 more". */
function describeLeft(left: readonly LeftProcess[]): string {
  const named = left.slice(0, MOST_NAMED).map(({ pid, command }) => `pid ${pid} (${command})`);
  const rest = left.length - named.length;
  const ports = [...new Set(left.flatMap((one) => one.ports))].toSorted((a, b) => a - b);
  const listening =
    ports.length === 0
      ? ""
      : `, listening on ${ports.length === 1 ? "port" : "ports"} ${ports.join(", ")}`;
  return `${named.join(", ")}${rest === 0 ? "" : ` and ${rest} more`} running${listening}`;
}
