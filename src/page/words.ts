import { healthNote } from "../domain/health-note.ts";
import { type TaskState, isRunning } from "../domain/lifecycle.ts";
import type { TaskStatus } from "../domain/results.ts";
import type { ApiError } from "../domain/results-api.ts";
import { duration } from "../domain/units.ts";

/** What a reply says of an error. */
export type Trouble = Pick<ApiError, "error" | "hint">;

/** What a button does. */
export type Verb = "start" | "stop" | "restart";
export const verbs: readonly Verb[] = ["start", "stop", "restart"];

/** What makes sense for a task in this state. A `backoff` can be started before its time, or called off. */
export function isOffered(verb: Verb, state: TaskState): boolean {
  if (verb === "start") return !isRunning(state);
  return isRunning(state) || (verb === "stop" && state === "backoff");
}

/** `up 4m12s`; "" for what doesn't run. `now` is the daemon's clock, in epoch ms. */
export const uptimeOf = ({ running, started_at }: TaskStatus, now: number): string =>
  running && started_at !== null ? `up ${duration(now - Date.parse(started_at))}` : "";

export const restartsOf = ({ restarts }: TaskStatus): string =>
  restarts === 0 ? "" : `${restarts} ${restarts === 1 ? "restart" : "restarts"}`;

/** Why a task is in its state; "" where that is plain. A job that is done is what it should be. */
export function noteOf(task: TaskStatus): string {
  if (task.log_error !== null) return `log: ${task.log_error}`;
  return task.state === "running" ? "" : healthNote(task);
}

const two = (number: number): string => String(number).padStart(2, "0");

/** A time of day in the zone of whoever looks; `ts` is UTC, with or without its Z. */
export function timeOfDay(ts: string): string {
  const time = new Date(ts.endsWith("Z") ? ts : `${ts}Z`);
  if (Number.isNaN(time.getTime())) return ts;
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
}

/** The task that an address names after its #; null for none. */
export const taskInHash = (hash: string): string | null =>
  new URLSearchParams(hash.slice(1)).get("task");

export const hashOf = (task: string): string => `#task=${encodeURIComponent(task)}`;

/** The address of a task's port, on the host by which the page was reached. */
export const portAddress = (hostname: string, port: number): string =>
  `http://${hostname}:${port}/`;

/** Where the daemon listens for the page at `address`: its token goes along. */
export function socketAddress(address: string): string {
  const url = new URL(address);
  const token = url.searchParams.get("token");
  const query = token === null ? "" : `?token=${encodeURIComponent(token)}`;
  return `${url.protocol === "https:" ? "wss" : "ws"}://${url.host}/${query}`;
}

/** With a full stop, for a hint follows. */
const ended = (sentence: string): string => sentence.replace(/[^.!?…]$/, "$&.");

/** An error and the next step, apart. */
export const errorParts = ({ error, hint }: Trouble): [error: string, hint: string] =>
  hint === undefined ? [error, ""] : [ended(error), hint];

/** Both, one after the other. */
export const sentences = (trouble: Trouble): string => errorParts(trouble).join(" ").trimEnd();
