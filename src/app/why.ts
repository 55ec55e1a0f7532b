import type { LogFile } from "../adapters/log-files.ts";
import type { HealthRecord } from "../adapters/run-state.ts";
import type { Task } from "../domain/config.ts";
import { looksLikeError } from "../domain/error-lines.ts";
import type { RecordedEvent } from "../domain/events.ts";
import { type Background, explain, type ShownFacts } from "../domain/explain.ts";
import { isFailure } from "../domain/failure.ts";
import { type End, isHealthy } from "../domain/lifecycle.ts";
import { isOwnText, startedPid, withoutColour } from "../domain/log-line.ts";
import { type LogEntry, take } from "../domain/log-merge.ts";
import { ownershipOf, type Listener } from "../domain/port-owner.ts";
import type { Why } from "../domain/results-why.ts";
import type { Context, Use } from "./context.ts";
import { logLine, type LogSource } from "./logs.ts";
import type { Seen } from "./observe.ts";
import { waitsFor } from "./readiness.ts";
import { tasksNamed } from "./selection.ts";
import { findSession } from "./session.ts";
import { examine, exitOf } from "./status.ts";

/** What `why` looks at besides the context. */
export interface WhyDeps {
  openLog(source: LogSource): LogFile;
  /** The newest events that are wanted, oldest first. */
  newestEvents(count: number, isWanted: (event: RecordedEvent) => boolean): RecordedEvent[];
  isDirectory(path: string): boolean;
}

/** Explains one task's state from what is on record, what its checks say, and who listens on its port. */
export async function why(ctx: Context, { name }: { name: string }, deps: WhyDeps): Use<Why> {
  const named = tasksNamed(ctx.project.config, [name]);
  if (isFailure(named)) return named;
  const task = named[0]!;
  const [session, { shown, background }] = await Promise.all([
    findSession(ctx),
    factsOf(ctx, task, deps),
  ]);
  if (isFailure(session)) return session;
  return { result: { ...shown, ...explain({ ...shown, ...background }, ctx.now()) } };
}

async function factsOf(
  ctx: Context,
  task: Task,
  deps: WhyDeps,
): Promise<{ shown: ShownFacts; background: Background }> {
  const [{ seen, health }, port, depends_on] = await Promise.all([
    examine(ctx, task),
    portOf(ctx, task),
    Promise.all(task.depends_on.map((name) => dependencyOf(ctx, name))),
  ]);
  const cwd = task.cwd ?? ctx.project.directory;
  const shown: ShownFacts = {
    task: task.name,
    session: ctx.project.session,
    ...stateFacts(task, seen, health),
    ...eventFacts(ctx, task, deps),
    ...restartFacts(ctx, task, seen),
    ...logFacts(ctx, task, deps),
    depends_on: depends_on.flat(),
    port,
    cwd,
    cwd_exists: deps.isDirectory(cwd),
  };
  return { shown, background: backgroundOf(ctx, task, seen) };
}

function backgroundOf(ctx: Context, task: Task, { memory, process, gaveUp }: Seen): Background {
  const isReady = memory.run !== null && ctx.state.isReadyByLog(task.name, memory.run);
  return {
    rules: task,
    end: process.kind === "ended" ? process.end : null,
    gaveUp,
    waitsFor: waitsFor(task),
    missingLine: isReady ? null : task.ready_log,
  };
}

function stateFacts(task: Task, seen: Seen, health: HealthRecord | null) {
  const { process, memory, state } = seen;
  const end = process.kind === "ended" ? process.end : null;
  const endedAt = end === null || end.kind === "lost" ? null : end.at;
  return {
    state,
    healthy: isHealthy(state, task.oneshot),
    want: memory.want,
    pid: process.kind === "alive" ? process.pid : null,
    started_at: iso(memory.launchedAt),
    since: iso(end === null ? memory.launchedAt : endedAt),
    last_exit: end && exitFacts(end, endedAt, memory.launchedAt),
    last_health: health && {
      ok: health.ok,
      method: health.method,
      reason: health.reason,
      at: health.at,
    },
  };
}

const iso = (time: number | null): string | null =>
  time === null ? null : new Date(time).toISOString();

const exitFacts = (end: End, endedAt: number | null, launchedAt: number | null) => ({
  ...exitOf(end),
  at: iso(endedAt),
  after_ms:
    endedAt === null || launchedAt === null ? null : Math.max(0, Math.round(endedAt - launchedAt)),
});

/** Events by which a user says what is wanted. */
const orders = new Set(["task_started", "task_restarted", "task_stopped", "task_killed"]);

const MOST_EVENTS = 5;

function eventFacts(ctx: Context, task: Task, { newestEvents }: WhyDeps) {
  const isOwn = (event: RecordedEvent): boolean =>
    event.session === ctx.project.session && "task" in event && event.task === task.name;
  const [order] = newestEvents(1, (event) => isOwn(event) && orders.has(event.event));
  return {
    events: newestEvents(MOST_EVENTS, isOwn),
    want_set: order ? { event: order.event, at: order.ts } : null,
  };
}

function restartFacts(ctx: Context, task: Task, { supervision, restartAt }: Seen) {
  return {
    restart_policy: task.restart_policy,
    restarts: supervision?.count ?? 0,
    max_restarts: task.max_restarts,
    next_restart_at: iso(restartAt),
    monitor: ctx.monitor(),
  };
}

async function dependencyOf(ctx: Context, name: string) {
  const task = ctx.project.config.tasks.find((one) => one.name === name);
  if (task === undefined) return [];
  const { seen } = await examine(ctx, task);
  return [{ task: name, state: seen.state, healthy: isHealthy(seen.state, task.oneshot) }];
}

async function portOf(ctx: Context, task: Task) {
  if (task.port === null) return null;
  const found = await ctx.ports.listeners(task.port);
  return { port: task.port, holders: found.map((one) => holderOf(ctx, task, one, found)) };
}

function holderOf(ctx: Context, task: Task, listener: Listener, all: readonly Listener[]) {
  const { holder } = listener;
  const claim = { scope: ctx.state.scope, task: task.name, uid: ctx.ports.uid };
  const isMarked = holder?.mark?.scope === claim.scope && holder.mark.task === claim.task;
  const memory = ctx.state.memory(task.name);
  const isAlive = ctx.state.process(task.name, memory).kind === "alive";
  const ownership = ownershipOf(listener, claim, all);
  const is_own = isMarked && isAlive;
  return {
    pid: holder?.pid ?? null,
    command: holder?.command ?? null,
    owner: is_own ? "this task" : ownership.kind === "owned" ? ownership.owner : ORPHAN,
    is_own,
  };
}

const ORPHAN = "nobody any more: it is ended before the next launch";

/** Of a launch's output so many lines, from its end, are looked at; so many are shown, and so much of each. */
const MOST_LOOKED_AT = 2000;
const MOST_LINES = 5;
const MOST_TEXT = 300;

function logFacts(ctx: Context, task: Task, { openLog }: WhyDeps) {
  const file = openLog({ task: task.name, path: ctx.logPath(task) });
  const output = [...take(lastLaunch(file), MOST_LOOKED_AT)];
  file.close();
  const errors = [
    ...take(
      output.filter(({ text }) => looksLikeError(text)),
      MOST_LINES,
    ),
  ];
  const shown = (lines: LogEntry[]) =>
    lines.toReversed().map((line) => logLine({ ...line, gap: false }));
  return {
    log_error: ctx.state.writerError(task.name),
    errors: shown(errors),
    last_lines: shown(output.slice(0, MOST_LINES)),
  };
}

/** The lines that the last launch printed, newest first. */
function* lastLaunch(file: LogFile): Generator<LogEntry, void> {
  for (const entry of file.lines("newest first", 0, file.size, null)) {
    const text = withoutColour(entry.text);
    if (startedPid(text) !== null) return;
    if (!isOwnText(text) && text.trim() !== "") yield { ...entry, text: shortened(text) };
  }
}

const shortened = (text: string): string =>
  text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT).toWellFormed()}…` : text;
