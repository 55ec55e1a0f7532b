import { errorText } from "./error-causes.ts";
import { describeEnd, hasExitedWithZero, isSuccess } from "../tasks/lifecycle.ts";
import { foregroundForm } from "./foreground.ts";
import { backgroundReason } from "../tasks/left-behind.ts";
import { describeHolder } from "../tasks/port-owner.ts";
import type { Why } from "../results/why.ts";
import { describeEvent } from "../events.ts";
import { eventsOfRun } from "./events-of-run.ts";
import { printableLine } from "../values/printable.ts";
import { duration, exactDuration } from "../values/units.ts";
import { callsForRestart } from "../tasks/supervision.ts";
import { type Explanation, isWorktreeGone, strangersOn, type TaskFacts } from "./why-facts.ts";
import { hintOf } from "./why-hint.ts";

/** Explains why a task is in its state, and what to do about it; `now` in epoch ms. */
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
    case "stopping":
      return "is being stopped";
    case "running":
      return facts.last_health === null ? "is running" : "is running, and its health check passes";
    case "unhealthy":
      return "is running, and its health check, which had passed, fails";
    case "exited":
      return `${facts.rules.oneshot ? "has finished: it" : "ended by itself: it"} ${describeLastEnd(facts, now)}`;
    case "failed":
      return facts.gaveUp
        ? `was given up after ${times(facts.restarts)} in a row${facts.end ? `: it ${describeLastEnd(facts, now)}` : ""}`
        : `failed: it ${describeLastEnd(facts, now)}`;
    case "backoff":
      return `${describeLastEnd(facts, now)}, and is launched again ${nextOf(facts, now)}`;
  }
}

function whyStopped({ want, want_set, started_at, refused }: TaskFacts, now: number): string {
  if (refused !== null)
    return `should be running, but was not launched ${ago(refused.at, now)}: ${refused.reason}`;
  if (want === "up") return "should be running, but has not been launched";
  if (want_set?.event === "task_killed") return `was killed ${orderText(want_set, now)}`;
  if (want_set?.event === "task_stopped") return `was stopped ${orderText(want_set, now)}`;
  return started_at === null ? "was never started" : "is stopped";
}

function whyStarting({ pid, rules, started_at }: TaskFacts, now: number): string {
  if (pid === null) return "is being launched";
  const lasted = started_at === null ? "" : ` for ${duration(now - Date.parse(started_at))}`;
  return rules.oneshot
    ? `is a job that has been running${lasted}`
    : `has been running${lasted}, and is not ready`;
}

function describeLastEnd({ end, last_exit }: TaskFacts, now: number): string {
  const how = end === null ? "is gone" : describeEnd(end);
  const { at = null, after_ms = null } = last_exit ?? {};
  const lasted = after_ms === null ? "" : ` after ${exactDuration(after_ms)}`;
  return `${how}${lasted}${at === null ? "" : `, ${ago(at, now)}`}`;
}

function nextOf({ next_restart_at }: TaskFacts, now: number): string {
  const left = next_restart_at === null ? 0 : Date.parse(next_restart_at) - now;
  return left <= 0 ? "at once" : `in ${exactDuration(left)}`;
}

const times = (restarts: number): string =>
  `${restarts} ${restarts === 1 ? "restart" : "restarts"}`;

/** Who gave an order, if known, and how long ago. */
export const orderText = ({ by, at }: NonNullable<Why["want_set"]>, now: number): string =>
  `${by === null ? "" : `by ${printableLine(by)} `}${ago(at, now)}`;

/** How long ago a time (ISO 8601) was. */
export const ago = (at: string, now: number): string => `${duration(now - Date.parse(at))} ago`;

/** Likely causes, the most likely first. */
function causesOf(facts: TaskFacts, now: number): string[] {
  return [
    ...ofErrors(facts, now),
    ...ofPrompt(facts),
    ...ofWorktree(facts),
    ...ofDrift(facts),
    ...ofBackground(facts),
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

/** Errors that are named; the others are further ones of the same fault, as a rule. */
const MOST_ERRORS = 3;

/** The newest first. */
const ofErrors = ({ errors }: TaskFacts, now: number): string[] =>
  errors
    .filter(({ is_cause }) => is_cause)
    .slice(-MOST_ERRORS)
    .map((group) => `${errorText(group)}, ${ago(group.last_at, now)}`)
    .toReversed();

const ofPrompt = ({ waits_at }: TaskFacts): string[] =>
  waits_at === null ? [] : [`it has not ended this line, and may wait for an answer: ${waits_at}`];

const ofWorktree = (facts: TaskFacts): string[] =>
  isWorktreeGone(facts)
    ? [`its git worktree '${facts.worktree?.id}' is gone: ${facts.worktree?.path}`]
    : [];

const ofDrift = ({ task, stale_reason }: TaskFacts): string[] =>
  stale_reason === null
    ? []
    : [`it ${stale_reason}; to launch it as it is now: taskmux restart ${task}`];

/** A command that ended with 0 and left processes behind, or one of a program that is known to do that. */
function ofBackground(facts: TaskFacts): string[] {
  const { state, left, rules, command } = facts;
  if (left.length > 0) return [`it ${backgroundReason(left)}`];
  const form = state === "exited" && !rules.oneshot ? foregroundForm(command) : null;
  return form === null ? [] : [`its command may have gone to the background: ${form}`];
}

const ofDirectory = ({ cwd, cwd_exists }: TaskFacts): string[] =>
  cwd_exists ? [] : [`its working directory is missing or no directory: ${cwd}`];

const isAlive = ({ pid }: TaskFacts): boolean => pid !== null;

function ofPort(facts: TaskFacts): string[] {
  const { port } = facts;
  if (port === null) return [];
  const held = strangersOn(facts).map(({ pid, command, cwd, owner }) => {
    const who = describeHolder(pid === null ? null : { pid, command: command ?? "", cwd });
    return `port ${port.port} is held by ${who}, which belongs to ${owner}`;
  });
  const isSilent = isAlive(facts) && port.holders.length === 0;
  return isSilent ? [`nothing listens on its port ${port.port}${elsewhereOf(port)}`] : held;
}

/** A command that listens somewhere else probably doesn't know its port. */
function elsewhereOf({ elsewhere }: NonNullable<TaskFacts["port"]>): string {
  if (elsewhere.length === 0) return "";
  return `; its processes listen on ${elsewhere.join(", ")}: does its command use $PORT?`;
}

/** Names the dependencies that are not healthy. */
function ofDependencies(facts: TaskFacts): string[] {
  if (facts.healthy || facts.want === "down") return [];
  const missing = facts.depends_on.filter(({ healthy }) => !healthy);
  const named = missing.map(({ task, state }) => `it depends on '${task}', which is ${state}`);
  const isStartedLater = facts.isLeft && facts.monitor !== null && missing.length > 0;
  return isStartedLater ? [...named, LATER] : named;
}

const LATER = "the monitor starts it as soon as its dependencies are ready";

/** The meaning of exit statuses by the conventions of shells and the system. */
function ofEnd({ end, state, rules, localProgram }: TaskFacts): string[] {
  if (state === "stopped" || end === null) return [];
  const codes = rules.success_exit_codes;
  const isZero = hasExitedWithZero(end);
  if (isSuccess(end, codes)) return isZero ? [] : ["its success_exit_codes count that as success"];
  if (isZero) return [`its success_exit_codes don't have 0: ${codes.join(", ")}`];
  if (end.kind === "exit") {
    if (end.status === 127) return [`${NOT_FOUND}${nearOf(localProgram)}`];
    if (end.status === 126) return ["status 126: its shell could not execute the command"];
  }
  if (end.kind === "signal" && end.signal === "SIGKILL")
    return ["SIGKILL: killed by someone, or by the system because memory ran out"];
  if (end.kind === "lost") return ["how it ended is unknown: its window's process is gone as well"];
  return [];
}

const NOT_FOUND = "status 127: its shell did not find the command";

const nearOf = (program: string | null): string =>
  program === null ? "" : `; ${program} exists: write that path in its command`;

function ofHealth(facts: TaskFacts): string[] {
  const { state, last_health, missingLine, rules } = facts;
  const isGivenUp = facts.gaveUp && isAlive(facts);
  if (state !== "starting" && state !== "unhealthy" && !isGivenUp) return [];
  if (rules.oneshot) return [];
  const line = missingLine === null ? [] : [`no line has matched its ready_log: ${missingLine}`];
  if (last_health === null && line.length === 0) return [`it waits: ${facts.waitsFor}`];
  if (last_health === null || last_health.ok) return line;
  const { reason, method } = last_health;
  return [`its health check (${method}) fails: ${reason ?? "no reason given"}`, ...line];
}

const TELLING_EVENTS = new Set(["hook_failed", "auto_restart_failed", "port_freed"]);

/** What went wrong at the launch and since, or, if it wasn't launched, in the last attempt. */
const ofEvents = ({ events, started_at, refused }: TaskFacts, now: number): string[] =>
  eventsOfRun(events, refused?.at ?? started_at)
    .filter(({ event }) => TELLING_EVENTS.has(event))
    .map((event) => `${describeEvent(event)}, ${ago(event.ts, now)}`);

function ofRestarts(facts: TaskFacts): string[] {
  const { state, monitor, restarts, max_restarts, rules, end, gaveUp } = facts;
  const limit = max_restarts === 0 ? "without a limit" : `at most ${max_restarts}`;
  const counted = restarts > 0 && !gaveUp ? [`${times(restarts)} in a row (${limit})`] : [];
  const isDown = (state === "failed" || state === "exited") && !facts.healthy && !gaveUp;
  if (!isDown || end === null) return counted;
  if (callsForRestart(rules, end)) {
    return monitor === null
      ? [...counted, "nothing restarts it: no monitor runs in this session"]
      : counted;
  }
  return [...counted, `its restart_policy "${rules.restart_policy}" does not restart it`];
}
