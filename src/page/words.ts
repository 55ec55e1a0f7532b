import { healthNote, waitsAtNote } from "../domain/diagnosis/health-note.ts";
import { type TaskState, isRunning } from "../domain/tasks/lifecycle.ts";
import type { TaskStatus } from "../domain/results/results.ts";
import type { ApiError } from "../domain/api/messages.ts";
import type { TaskUsage } from "../domain/results/top.ts";
import { duration, roundedSize } from "../domain/values/units.ts";

/** The error of a reply. */
export type Problem = Pick<ApiError, "error" | "hint">;

/** A button's command. */
export type Verb = "start" | "stop" | "restart";
export const VERBS: readonly Verb[] = ["start", "stop", "restart"];

/**
 * Whether a command makes sense for a task in this state. In `backoff` a task can be started early, or its restart
 * cancelled; a task that is stopping may be about to restart, which can be cancelled too.
 */
export function isOffered(verb: Verb, state: TaskState): boolean {
  if (state === "stopping") return verb === "stop";
  if (verb === "start") return !isRunning(state);
  return isRunning(state) || (verb === "stop" && state === "backoff");
}

/** `up 4m12s`; "" if the task isn't running. `now` is the daemon's clock, epoch ms. */
export const uptimeOf = ({ running, started_at }: TaskStatus, now: number): string =>
  running && started_at !== null ? `up ${duration(now - Date.parse(started_at))}` : "";

/** `12.3% CPU, 200 MiB`; "" if nothing of the task runs. */
export function usageOf({ processes, cpu_percent, memory_bytes }: TaskUsage): string {
  if (processes === 0) return "";
  const share = cpu_percent === null ? "" : `${cpu_percent.toFixed(1)}% CPU, `;
  return `${share}${roundedSize(memory_bytes)}`;
}

/** The rest of what a task uses. */
export function usageDetails({ processes, threads, ports }: TaskUsage): string {
  const parts = [
    `${processes} ${processes === 1 ? "process" : "processes"}`,
    ...(threads === null ? [] : [`${threads} ${threads === 1 ? "thread" : "threads"}`]),
    ...(ports.length === 0 ? [] : [`listens on ${ports.join(", ")}`]),
  ];
  return parts.join(", ");
}

export const restartsOf = ({ restarts }: TaskStatus): string =>
  restarts === 0 ? "" : `${restarts} ${restarts === 1 ? "restart" : "restarts"}`;

/** Why a task is in its state; "" if that is clear. A finished job needs no note. */
export function noteOf(task: TaskStatus): string {
  if (task.log_error !== null) return `log: ${task.log_error}`;
  if (task.state !== "running") return healthNote(task);
  return task.stale_reason ?? (task.waits_at === null ? "" : waitsAtNote(task.waits_at));
}

const two = (number: number): string => String(number).padStart(2, "0");

/** The time of day in the browser's zone; `ts` is UTC, with or without its Z. */
export function timeOfDay(ts: string): string {
  const time = new Date(ts.endsWith("Z") ? ts : `${ts}Z`);
  if (Number.isNaN(time.getTime())) return ts;
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
}

/** The task in an address after its #; null for none. */
export const taskInHash = (hash: string): string | null =>
  new URLSearchParams(hash.slice(1)).get("task");

/** Stands for the tasks together; no task can be called so. */
export const ALL_TASKS = "*";

export const hashOf = (task: string): string => `#task=${encodeURIComponent(task)}`;

/** Names of the machine that the daemon runs on. */
const OWN_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

/**
 * The link to a task's URL: null unless a browser opens it as a page. A URL of the daemon's machine is one of the host that
 * the page was loaded from.
 */
export function linkTo(url: string | null, hostname: string): string | null {
  const link = url === null ? null : URL.parse(url);
  if (link === null || !/^https?:$/.test(link.protocol)) return null;
  if (OWN_HOSTS.includes(link.hostname)) link.hostname = hostname;
  return link.href;
}

/** What a task's URL is shown as: its port if it has one. */
export const addressOf = ({ port, url }: Pick<TaskStatus, "port" | "url">): string =>
  port === null ? (url ?? "") : `:${port}`;

/** The WebSocket's address for the page at `address`, with its token. */
export function socketAddress(address: string): string {
  const url = new URL(address);
  const token = url.searchParams.get("token");
  const query = token === null ? "" : `?token=${encodeURIComponent(token)}`;
  return `${url.protocol === "https:" ? "wss" : "ws"}://${url.host}/${query}`;
}

/** Adds a full stop, since a hint follows. */
const ended = (sentence: string): string => sentence.replace(/[^.!?…]$/, "$&.");

/** An error's sentence and its hint, separately. */
export const errorParts = ({ error, hint }: Problem): [error: string, hint: string] =>
  hint === undefined ? [error, ""] : [ended(error), hint];

/** The sentence and the hint as one text. */
export const sentences = (problem: Problem): string => errorParts(problem).join(" ").trimEnd();
