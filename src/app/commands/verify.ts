import type { LogFile } from "../../adapters/logs/file.ts";
import type { ReaderProgress } from "../../adapters/logs/readers.ts";
import type { Task } from "../../domain/config/config.ts";
import { baselineOf, VERIFY_CODES, worstOf } from "../../domain/diagnosis/verify.ts";
import { TIMED_OUT } from "../../domain/exit-status.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import {
  type CursorPlaces,
  cursorOf,
  placesAfter,
  readCursor,
  seenAt,
} from "../../domain/logs/cursor.ts";
import { stampOf } from "../../domain/logs/line.ts";
import type { VerifyResult } from "../../domain/results/verify.ts";
import type { Context, Use } from "../context.ts";
import type { Baseline } from "../logs/output-watch.ts";
import { namesInProfiles, tasksNamed } from "../selection.ts";
import { whyHint } from "../tasks/readiness.ts";
import { findSession } from "../tasks/session.ts";
import { type Verification, verifyTasks } from "../tasks/verification.ts";
import { failureKeys } from "./results.ts";

/** The options of `verify`. Times are in seconds. */
export interface VerifyRequest {
  /** Empty: all tasks that should be up. */
  names: string[];
  /** Names or globs: without `names`, only tasks of these profiles and those without one; none: all. */
  profiles?: readonly string[];
  restart: boolean;
  settle: number;
  timeout: number;
  /** A cursor that an earlier call has returned; null: this reader's last one. */
  since: string | null;
}

/** The dependencies of `verify` in addition to the context. */
export interface VerifyDeps {
  /** How far the output was judged at this reader's last call; null at its first. */
  lastPlace(): Promise<ReaderProgress | null>;
  keepPlace(progress: ReaderProgress): Promise<void>;
  /** When this reader last started or restarted a task, epoch ms; null if it didn't. */
  lastOrder(task: Task): number | null;
}

/** How old output may be that is judged where nothing says when the edit was, ms. */
const RECENT = 10_000;

/** Whether an edit works: waits until the tasks are healthy and have reloaded, then watches them for a while. */
export async function verify(
  ctx: Context,
  request: VerifyRequest,
  deps: VerifyDeps,
): Use<VerifyResult> {
  const began = ctx.monotonic();
  const named = tasksNamed(ctx.project.config, request.names);
  if (isFailure(named)) return named;
  const meant = namesInProfiles(ctx.project.config, request.profiles ?? []);
  if (isFailure(meant)) return meant;
  const places = request.since === null ? null : readCursor(request.since, ctx.project.session);
  if (isFailure(places)) return places;
  ctx.tmux.answerWithin(request.timeout * 1000);
  const session = await findSession(ctx);
  if (isFailure(session)) return session;
  const refused = request.restart ? await restarted(ctx, request) : null;
  if (refused !== null) return refused;
  const tasks = named.length > 0 ? named : tasksThatShouldBeUp(ctx, meant);
  if (tasks.length === 0) return new Failure("E202", "No task runs", "Start them: taskmux start");
  const last = places === null ? await deps.lastPlace() : null;
  const verified = await verifyTasks(ctx, tasks, {
    settle: request.settle * 1000,
    deadline: began + request.timeout * 1000,
    isRestarted: request.restart,
    isReady: false,
    baselineOf: request.restart ? () => null : baselines(ctx, deps, places, last),
  });
  await deps.keepPlace(progressOf(verified));
  return answer(ctx, verified, ctx.monotonic() - began);
}

/** Jobs that are done included: they may have printed errors. */
const tasksThatShouldBeUp = (ctx: Context, meant: ReadonlySet<string> | null): Task[] =>
  ctx.project.config.tasks.filter(
    ({ name }) => meant?.has(name) !== false && ctx.state.task(name).memory().want === "up",
  );

/** Restarts the tasks; the failure if one can't be launched. One that ends at once is for the verification. */
async function restarted(
  ctx: Context,
  { names, profiles = [] }: VerifyRequest,
): Promise<Failure | null> {
  const { restart } = await import("./restart.ts");
  const request = {
    names,
    profiles,
    dependencies: true,
    wait: null,
    forcePort: false,
    joins: "process",
  } as const;
  const answer = await restart(ctx, request);
  if (isFailure(answer)) return answer;
  const { error, error_code: code, hint } = answer.result;
  if (error === undefined || code === undefined || code === "E215" || code === "E217") return null;
  return new Failure(code, error, hint);
}

function baselines(
  ctx: Context,
  deps: VerifyDeps,
  given: CursorPlaces | null,
  last: ReaderProgress | null,
): (task: Task) => Baseline {
  return (task) => {
    const ordered = orderOf(ctx, deps, task);
    const at = stampOf(ctx.now() - RECENT);
    const placesIn = (file: LogFile) => ({
      seen: seenIn(file, given, last),
      ordered: ordered === null ? null : file.find(stampOf(ordered), false),
      recent: file.find(at, false),
    });
    const { launchedAt } = ctx.state.task(task.name).memory();
    return {
      find: (file) => baselineOf(placesIn(file), given !== null),
      isOwnLaunch: given === null && ordered !== null && ordered === launchedAt,
    };
  };
}

/** When the last launch that this reader ordered was made. */
function orderOf(ctx: Context, deps: VerifyDeps, task: Task): number | null {
  const ordered = deps.lastOrder(task);
  const { launchedAt } = ctx.state.task(task.name).memory();
  // The event is recorded after the launch.
  return ordered === null ? null : Math.min(ordered, launchedAt ?? ordered);
}

function seenIn(
  file: LogFile,
  given: CursorPlaces | null,
  last: ReaderProgress | null,
): number | null {
  const place = given?.[file.task];
  if (place !== undefined) return file.unreadFrom(seenAt(place, file.progress()));
  const progress = last?.[file.task];
  return progress === undefined ? null : file.unreadFrom(progress);
}

const progressOf = (verified: readonly Verification[]): ReaderProgress =>
  Object.fromEntries(
    verified.flatMap(({ task, judged }) => (judged === null ? [] : [[task.name, judged]])),
  );

function answer(ctx: Context, verified: readonly Verification[], elapsed: number) {
  const verdict = worstOf(verified.map((one) => one.verdict));
  const cursor = cursorOf(ctx.project.session, placesAfter(progressOf(verified)));
  // Where one has failed, the time of the others was cut short.
  const tasks = verified.map((one) => one.result(verdict === "timed_out" ? verdict : null));
  const common = { verdict, elapsed_ms: Math.round(elapsed), cursor, tasks };
  if (verdict === "ok") return { result: { ok: true, ...common } };
  const searched = verdict === "timed_out" ? null : verdict;
  const first = verified.find((one) => one.verdict === searched)!;
  const sentence = `Task '${first.task.name}' ${first.judgement.reason}`;
  const failure = new Failure(VERIFY_CODES[verdict], sentence, hintFor(first));
  const result = { ok: false, ...failureKeys(failure), ...common };
  return verdict === "timed_out" ? { result, status: TIMED_OUT } : { result };
}

const hintFor = ({ verdict, task }: Verification): string =>
  verdict === "not_running" ? `Start it: taskmux start ${task.name}` : whyHint(task.name);
