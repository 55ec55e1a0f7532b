import type { Task } from "../domain/config.ts";
import { type Failure, isFailure, thrownFailure } from "../domain/failure.ts";
import type { Reload } from "../domain/reload.ts";
import type { Answer, Context } from "./context.ts";
import { observe } from "./observe.ts";
import { restart } from "./restart.ts";
import { findSession } from "./session.ts";
import { start, type Started, type StartRequest } from "./start.ts";
import { stop, type StopResult } from "./stop.ts";

/**
 * Makes the session what a new config says, in the order in which ports get free: what it has no more is stopped as the
 * config `before` has it, what runs something else is restarted, and what it adds is started. Tasks that were launched
 * at `since` (epoch ms) or later run what the new one says already. Returns what went not as it should, as sentences.
 */
export async function applyReload(
  before: Context,
  after: Context,
  { removed, restarted, added }: Reload,
  since = Infinity,
): Promise<string[]> {
  // One that throws (a full disk) keeps none of the others, and no later reload, from its turn.
  const failed = (error: unknown) => complaints(thrownFailure(error));
  return [
    ...(await stopRemoved(before, tasksOf(before, removed)).catch(failed)),
    ...(await restartRunning(after, tasksOf(after, restarted), since).catch(failed)),
    ...(await startAdded(after, tasksOf(after, added), since).catch(failed)),
  ];
}

const tasksOf = (ctx: Context, names: string[]): Task[] =>
  ctx.project.config.tasks.filter(({ name }) => names.includes(name));

/** What was done, once the lock was let go: others may act while it is waited for. */
type Done = { done: Promise<Answer<Started | StopResult> | Failure> | null };

const complaintsOf = async ({ done }: Done): Promise<string[]> =>
  done === null ? [] : complaints(await done);

async function stopRemoved(ctx: Context, tasks: Task[]): Promise<string[]> {
  if (tasks.length === 0) return [];
  const stopped = await ctx.lock.hold(async (): Promise<Done> => {
    const [running, others] = parted(tasks, (task) => isThere(ctx, task));
    // One that waits for its turn, or for its restart, has nothing to stop.
    for (const { name } of others) {
      if (ctx.state.memory(name).want === "up") ctx.state.remember(name, { want: "down" });
    }
    return { done: running.length === 0 ? null : stop(ctx, { names: namesOf(running) }) };
  });
  return complaintsOf(stopped);
}

async function restartRunning(ctx: Context, tasks: Task[], since: number): Promise<string[]> {
  if (tasks.length === 0) return [];
  const restarted = await ctx.lock.hold(async (): Promise<Done> => {
    const names = namesOf(tasks.filter((task) => isOn(ctx, task) && isOlder(ctx, task, since)));
    return { done: names.length === 0 ? null : restart(ctx, request(names)) };
  });
  return complaintsOf(restarted);
}

/** New tasks come up where the session runs, as a `start` would bring them up. */
async function startAdded(ctx: Context, tasks: Task[], since: number): Promise<string[]> {
  const wanted = tasks.filter((task) => task.auto_start && isOlder(ctx, task, since));
  if (wanted.length === 0 || !ctx.project.config.auto_start) return [];
  const session = await findSession(ctx);
  if (session === null) return [];
  if (isFailure(session)) return complaints(session);
  return complaints(await start(ctx, request(namesOf(wanted))));
}

const request = (names: string[]): StartRequest => ({
  names,
  dependencies: true,
  wait: null,
  forcePort: false,
});

function isThere(ctx: Context, task: Task): boolean {
  const { kind } = observe(ctx, task).process;
  return kind === "alive" || kind === "pending";
}

/** Whether a task runs, or a monitor is about to launch it again: what it is to run then is what the config says now. */
function isOn(ctx: Context, task: Task): boolean {
  const { want, state } = observe(ctx, task);
  return want === "up" && (isThere(ctx, task) || state === "backoff");
}

const isOlder = (ctx: Context, task: Task, since: number): boolean =>
  (ctx.state.memory(task.name).launchedAt ?? 0) < since;

const namesOf = (tasks: Task[]): string[] => tasks.map(({ name }) => name);

function parted<T>(all: T[], belongs: (one: T) => boolean): [T[], T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}

/** What an answer says besides that all went well. */
function complaints(answer: Answer<Started | StopResult> | Failure): string[] {
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
