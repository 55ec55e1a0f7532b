import { durationText } from "./log-line.ts";
import { describeEnd, type End } from "./lifecycle.ts";
import type { Why } from "./results-why.ts";
import { describeEvent } from "./events.ts";
import { duration } from "./units.ts";
import { callsForRestart, type RestartRules } from "./supervision.ts";

/** What `why` finds out about a task and shows. */
export type ShownFacts = Omit<Why, keyof Explanation>;

/** And what it takes to understand that. */
export interface Background {
  rules: RestartRules;
  end: End | null;
  gaveUp: boolean;
  /** What a launch that isn't ready waits for, in words. */
  waitsFor: string;
  /** A line must match `ready_log`, and none has; the expression. */
  missingLine: string | null;
}

export type TaskFacts = ShownFacts & Background;

export interface Explanation {
  /** A sentence without its full stop, as are all of these. */
  summary: string;
  causes: string[];
  hint: string;
}

/** Why a task is in its state, and what to do about it; `now` in epoch ms. */
export function explain(facts: TaskFacts, now: number): Explanation {
  return {
    summary: `Task '${facts.task}' ${summaryOf(facts, now)}`,
    causes: causesOf(facts, now),
    hint: hintOf(facts),
  };
}

function summaryOf(facts: TaskFacts, now: number): string {
  switch (facts.state) {
    case "stopped":
      return whyStopped(facts, now);
    case "starting":
      return whyStarting(facts, now);
    case "running":
      return facts.last_health === null ? "runs" : "runs, and its health check passes";
    case "unhealthy":
      return "runs, and its health check fails after it had passed";
    case "exited":
      return `${facts.rules.oneshot ? "has done its work: it" : "ended by itself: it"} ${endOf(facts, now)}`;
    case "failed":
      return facts.gaveUp
        ? `was given up after ${times(facts.restarts)} in a row${facts.end ? `: it ${endOf(facts, now)}` : ""}`
        : `failed: it ${endOf(facts, now)}`;
    case "backoff":
      return `${endOf(facts, now)}, and is launched again ${nextOf(facts, now)}`;
  }
}

function whyStopped({ want, want_set, started_at }: TaskFacts, now: number): string {
  if (want === "up") return "is wanted, and has not been launched";
  if (want_set?.event === "task_killed") return `was killed ${ago(want_set.at, now)}`;
  if (want_set?.event === "task_stopped") return `was stopped ${ago(want_set.at, now)}`;
  return started_at === null ? "was never started" : "is stopped";
}

function whyStarting({ pid, rules, started_at }: TaskFacts, now: number): string {
  if (pid === null) return "is just being launched";
  const lasted = started_at === null ? "" : ` for ${duration(now - Date.parse(started_at))}`;
  return rules.oneshot
    ? `is a job that has been at work${lasted}`
    : `has run${lasted}, and is not ready`;
}

function endOf({ end, last_exit }: TaskFacts, now: number): string {
  const how = end === null ? "is gone" : describeEnd(end);
  const { at = null, after_ms = null } = last_exit ?? {};
  const lasted = after_ms === null ? "" : ` after ${durationText(after_ms)}`;
  return `${how}${lasted}${at === null ? "" : `, ${ago(at, now)}`}`;
}

function nextOf({ next_restart_at }: TaskFacts, now: number): string {
  const left = next_restart_at === null ? 0 : Date.parse(next_restart_at) - now;
  return left <= 0 ? "at once" : `in ${durationText(left)}`;
}

const times = (restarts: number): string =>
  `${restarts} ${restarts === 1 ? "restart" : "restarts"}`;

/** How long a time (ISO 8601) lies back. */
export const ago = (at: string, now: number): string => `${duration(now - Date.parse(at))} ago`;

/** The most likely first. */
function causesOf(facts: TaskFacts, now: number): string[] {
  return [
    ...ofDirectory(facts),
    ...ofPort(facts),
    ...ofDependencies(facts),
    ...ofEnd(facts),
    ...ofHealth(facts),
    ...ofEvents(facts, now),
    ...ofRestarts(facts),
    ...(facts.log_error === null ? [] : [facts.log_error]),
  ];
}

const ofDirectory = ({ cwd, cwd_exists }: TaskFacts): string[] =>
  cwd_exists ? [] : [`its directory is missing: ${cwd}`];

const isAlive = ({ pid }: TaskFacts): boolean => pid !== null;

const strangersOn = ({ port }: TaskFacts) => port?.holders.filter(({ is_own }) => !is_own) ?? [];

function ofPort(facts: TaskFacts): string[] {
  const { port } = facts;
  if (port === null) return [];
  const held = strangersOn(facts).map(({ pid, command, owner }) => {
    const who = pid === null ? "a process" : `pid ${pid} (${command})`;
    return `port ${port.port} is held by ${who}, which belongs to ${owner}`;
  });
  const isSilent = isAlive(facts) && port.holders.length === 0;
  return isSilent ? [`nothing listens on its port ${port.port}`] : held;
}

/** Of a task that is well they say nothing. */
function ofDependencies(facts: TaskFacts): string[] {
  if (facts.healthy || facts.want === "down") return [];
  return facts.depends_on
    .filter(({ healthy }) => !healthy)
    .map(({ task, state }) => `it depends on '${task}', which is ${state}`);
}

/** What statuses mean by the conventions of shells and the system. */
function ofEnd({ end, state }: TaskFacts): string[] {
  if (state === "stopped") return [];
  if (end?.kind === "exit") {
    if (end.status === 127) return ["status 127: its shell did not find the command"];
    if (end.status === 126) return ["status 126: its shell could not execute the command"];
  }
  if (end?.kind === "signal" && end.signal === "SIGKILL")
    return ["SIGKILL: somebody killed it, or the system did for lack of memory"];
  if (end?.kind === "lost") return ["nobody saw how: its window's process is gone as well"];
  return [];
}

function ofHealth(facts: TaskFacts): string[] {
  const { state, last_health, missingLine, rules } = facts;
  if (state !== "starting" && state !== "unhealthy") return [];
  if (rules.oneshot) return [];
  const line = missingLine === null ? [] : [`no line has matched its ready_log: ${missingLine}`];
  if (last_health === null && line.length === 0) return [`it waits: ${facts.waitsFor}`];
  if (last_health === null || last_health.ok) return line;
  const { reason, method } = last_health;
  return [`its health check (${method}) fails: ${reason ?? "it says no more"}`, ...line];
}

const telling = new Set(["hook_failed", "auto_restart_failed", "port_freed"]);

/** What went wrong since the launch; before it, what is known of the last try. */
function ofEvents({ events, started_at }: TaskFacts, now: number): string[] {
  const since = started_at === null ? 0 : Date.parse(started_at) - HOOK_TIME;
  return events
    .filter(({ event, ts }) => telling.has(event) && Date.parse(ts) >= since)
    .map((event) => `${describeEvent(event)}, ${ago(event.ts, now)}`);
}

/** A hook before the launch may have taken so long, ms. */
const HOOK_TIME = 30_000;

function ofRestarts(facts: TaskFacts): string[] {
  const { state, monitor, restarts, max_restarts, rules, end, gaveUp } = facts;
  const limit = max_restarts === 0 ? "without a limit" : `at most ${max_restarts}`;
  const counted = restarts > 0 && !gaveUp ? [`${times(restarts)} in a row (${limit})`] : [];
  const isDown = (state === "failed" || state === "exited") && !facts.healthy && !gaveUp;
  if (!isDown || end === null) return counted;
  if (callsForRestart(rules, end)) {
    return monitor === null
      ? [...counted, "nobody restarts it: no monitor runs on this session"]
      : counted;
  }
  return [...counted, `its restart_policy "${rules.restart_policy}" does not restart it`];
}

/** The next step, as one sentence. */
function hintOf(facts: TaskFacts): string {
  const { task, state, rules } = facts;
  const logs = `taskmux logs ${task} -n 50`;
  if (!facts.cwd_exists) return `Make the directory, or mend cwd of tasks.${task} in taskmux.toml`;
  if (!isAlive(facts) && strangersOn(facts).length > 0)
    return `End that process, or let taskmux do it: taskmux start ${task} --force-port`;
  const dependency = facts.depends_on.find(({ healthy }) => !healthy);
  switch (state) {
    case "stopped":
      return facts.want === "up" && dependency
        ? `Try: taskmux why ${dependency.task}`
        : `Try: taskmux start ${task}`;
    case "starting":
      return `Try: taskmux wait ${task}, or see what it says: ${logs}`;
    case "running":
      return `Nothing seems wrong; see what it says: ${logs}`;
    case "unhealthy":
      return `Try: ${logs}`;
    case "exited":
      return rules.oneshot ? `Do it again: taskmux start ${task}` : `Try: taskmux start ${task}`;
    case "failed":
      return `Try: ${logs}, then: taskmux start ${task}`;
    case "backoff":
      return `Try: ${logs}; to end the restarts: taskmux stop ${task}`;
  }
}
