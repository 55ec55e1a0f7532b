import type { Task } from "../../domain/config/config.ts";
import { isInProfiles } from "../../domain/config/profiles.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { Reload } from "../../domain/config/reload.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import type { Answer, Context } from "../context.ts";
import { observe } from "../tasks/observe.ts";
import { restart } from "../commands/restart.ts";
import { findSession } from "../tasks/session.ts";
import { start, type Started } from "../commands/start.ts";
import { stop, type StopResult } from "../commands/stop.ts";
import type { StartRequest } from "../tasks/start-tasks.ts";

/**
 * Applies a new config to the session, in an order that frees ports first: removed tasks are stopped as the config `before`
 * defines them, changed tasks are restarted, new tasks are started. Tasks launched at `since` (epoch ms) or later already
 * run the new config. Returns the problems as sentences.
 */
export async function applyReload(
  before: Context,
  after: Context,
  { removed, restarted, added }: Reload,
  profiles: readonly string[],
  since = Infinity,
): Promise<string[]> {
  // An act that throws (a full disk) must not prevent the others, or later reloads.
  const failed = (error: unknown) => problemsOf(thrownFailure(error));
  return [
    ...(await stopRemoved(before, tasksOf(before, removed)).catch(failed)),
    ...(await restartRunning(after, tasksOf(after, restarted), since).catch(failed)),
    ...(await startAdded(after, tasksOf(after, added), profiles, since).catch(failed)),
  ];
}

const tasksOf = (ctx: Context, names: string[]): Task[] =>
  ctx.project.config.tasks.filter(({ name }) => names.includes(name));

/** An act in progress after the lock was released: others may act while it is awaited. */
type Done = { done: Promise<Answer<Started | StopResult> | Failure> | null };

const problemsWhenDone = async ({ done }: Done): Promise<string[]> =>
  done === null ? [] : problemsOf(await done);

async function stopRemoved(ctx: Context, tasks: Task[]): Promise<string[]> {
  if (tasks.length === 0) return [];
  const stopped = await ctx.lock.hold(async (): Promise<Done> => {
    const [running, others] = parted(tasks, (task) => isPresent(ctx, task));
    // A task that waits for its dependencies or its restart has nothing to stop.
    for (const { name } of others) {
      const files = ctx.state.task(name);
      if (files.memory().want === "up") files.remember({ want: "down" });
    }
    return { done: running.length === 0 ? null : stop(ctx, { names: namesOf(running) }) };
  });
  return problemsWhenDone(stopped);
}

async function restartRunning(ctx: Context, tasks: Task[], since: number): Promise<string[]> {
  if (tasks.length === 0) return [];
  const restarted = await ctx.lock.hold(async (): Promise<Done> => {
    const names = namesOf(tasks.filter((task) => isOn(ctx, task) && isOlder(ctx, task, since)));
    return { done: names.length === 0 ? null : restart(ctx, request(names)) };
  });
  return problemsWhenDone(restarted);
}

/** New tasks are started if the session is running, as `start` with these profiles would do. */
async function startAdded(
  ctx: Context,
  tasks: Task[],
  profiles: readonly string[],
  since: number,
): Promise<string[]> {
  const isStarted = (task: Task) => task.auto_start && isInProfiles(task, profiles);
  const wanted = tasks.filter((task) => isStarted(task) && isOlder(ctx, task, since));
  if (wanted.length === 0 || !ctx.project.config.auto_start) return [];
  const session = await findSession(ctx);
  if (session === null) return [];
  if (isFailure(session)) return problemsOf(session);
  return problemsOf(await start(ctx, request(namesOf(wanted))));
}

const request = (names: string[]): StartRequest => ({
  names,
  profiles: [],
  dependencies: true,
  wait: null,
  forcePort: false,
  joins: "call",
});

function isPresent(ctx: Context, task: Task): boolean {
  const { kind } = observe(ctx, task).process;
  return kind === "alive" || kind === "pending";
}

/** Whether a task is running or about to be relaunched: then it must run the new config. */
function isOn(ctx: Context, task: Task): boolean {
  const { want, state } = observe(ctx, task);
  return want === "up" && (isPresent(ctx, task) || state === "backoff");
}

const isOlder = (ctx: Context, task: Task, since: number): boolean =>
  (ctx.state.task(task.name).memory().launchedAt ?? 0) < since;

const namesOf = (tasks: Task[]): string[] => tasks.map(({ name }) => name);

function parted<T>(all: T[], belongs: (one: T) => boolean): [T[], T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}

/** The problems in an answer. */
function problemsOf(answer: Answer<Started | StopResult> | Failure): string[] {
  if (isFailure(answer)) return [withHint(answer.message, answer.hint)];
  const { result } = answer;
  const results = "results" in result ? result.results : [result];
  const said = results.flatMap((one) => [
    ...(one.ok ? [] : [withHint(one.error, "hint" in one ? one.hint : undefined)]),
    ...one.warnings,
  ]);
  return [...new Set(said)];
}

const withHint = (sentence = "", hint?: string): string =>
  hint === undefined ? sentence : `${sentence}. ${hint}`;
