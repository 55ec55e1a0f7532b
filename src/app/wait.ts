import type { Task } from "../domain/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { WaitResult } from "../domain/results-wait.ts";
import type { Wish } from "../domain/waiting.ts";
import type { Context, Use } from "./context.ts";
import type { LogReading } from "./launch-log.ts";
import { tasksNamed } from "./selection.ts";
import { findSession } from "./session.ts";
import { TaskWait } from "./task-wait.ts";

/** What `wait` is asked for. */
export interface WaitRequest extends Wish {
  names: readonly string[];
  /** Seconds; 0: as it is now. */
  timeout: number;
}

/** How often files are looked at that no notice tells of, ms. */
const FIRST_LOOK = 5;
const LONGEST_PAUSE = 100;

const TIMED_OUT = 124;

/** Blocks until it holds for all named tasks at once, one of them can't come to it any more, or the time is up. */
export async function wait(ctx: Context, request: WaitRequest, logs: LogReading): Use<WaitResult> {
  const named = tasksNamed(ctx.project.config, request.names);
  if (isFailure(named)) return named;
  const pattern = patternOf(request);
  if (isFailure(pattern)) return pattern;
  const session = await findSession(ctx);
  if (isFailure(session)) return session;
  const began = ctx.now();
  const waits = named.map((task) => new TaskWait(ctx, task, request, pattern, logs));
  if (request.timeout === 0) await Promise.all(waits.map((one) => one.check()));
  await untilDecided(ctx, waits, began + request.timeout * 1000);
  for (const one of waits) one.close();
  return answer(request, waits, ctx.now() - began);
}

function patternOf({ log }: WaitRequest): RegExp | null | Failure {
  if (log === null) return null;
  try {
    return new RegExp(log);
  } catch (error) {
    const why = (error as Error).message.replace("Invalid regular expression: ", "");
    return new Failure("E500", `--log: '${log}' is not a regular expression: ${why}`);
  }
}

async function untilDecided(ctx: Context, waits: TaskWait[], deadline: number): Promise<void> {
  if (isDecided(waits) || ctx.now() >= deadline) return;
  for (const one of waits) one.tell();
  let wake: () => void = () => {};
  const endNews = ctx.watchNews(() => wake());
  try {
    for (let pause = FIRST_LOOK; !isDecided(waits);) {
      const left = deadline - ctx.now();
      if (left <= 0) return;
      const news = new Promise<void>((resolve) => (wake = resolve));
      await Promise.race([news, ctx.sleep(Math.min(pause, left))]);
      pause = Math.min(pause * 1.3, LONGEST_PAUSE);
    }
  } finally {
    endNews();
  }
}

/** Looks at every task. */
function isDecided(waits: TaskWait[]): boolean {
  const kinds = waits.map((one) => one.look().kind);
  return kinds.includes("lost") || kinds.every((kind) => kind === "holds");
}

function answer({ goal, log, timeout }: WaitRequest, waits: TaskWait[], elapsed: number) {
  const results = waits.map((one) => one.result());
  const common = { for: goal, log, elapsed_ms: Math.round(elapsed), results };
  const lost = waits.filter(({ verdict }) => verdict.kind === "lost");
  const open = waits.filter(({ verdict }) => verdict.kind !== "holds");
  if (open.length === 0) return { result: { ok: true, ...common, timed_out: false } };
  const failure = lost.length > 0 ? lostFailure(lost) : lateFailure(open, timeout);
  const { message, code, hint } = failure;
  const keys = { ok: false, error: message, error_code: code, ...(hint ? { hint } : {}) };
  const timed_out = lost.length === 0;
  return {
    result: { ...keys, ...common, timed_out },
    ...(timed_out ? { status: TIMED_OUT } : {}),
  };
}

function lostFailure(lost: TaskWait[]): Failure {
  const { verdict, task } = lost[0]!;
  const code = verdict.kind === "lost" ? verdict.code : "E202";
  const hint = code === "E202" ? `Start it: taskmux start ${task.name}` : hintOf(task);
  return new Failure(code, sentence(lost), hint);
}

function lateFailure(open: TaskWait[], timeout: number): Failure {
  const when = timeout === 0 ? "" : ` (waited ${timeout} s)`;
  return new Failure("E214", `${sentence(open)}${when}`, hintOf(open[0]!.task));
}

const hintOf = ({ name }: Task): string => `See why: taskmux why ${name}`;

function sentence([first, ...others]: TaskWait[]): string {
  const own = `Task '${first!.task.name}' ${first!.verdict.reason}`;
  return others.length === 0 ? own : `${own}; likewise ${others.map(named).join(", ")}`;
}

const named = ({ task }: TaskWait): string => `'${task.name}'`;
