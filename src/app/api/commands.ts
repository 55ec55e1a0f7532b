import type { EventReader } from "../../adapters/events/reader.ts";
import {
  actionMessage,
  countMessage,
  healthMessage,
  inspectMessage,
  whyMessage,
} from "../../domain/api/sentences.ts";
import type { ApiCommand, ApiParams } from "../../domain/api/params.ts";
import { apiStatus, successReply } from "../../domain/api/reply.ts";
import type { ApiRequest } from "../../domain/api/request.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { LogsOfOne, LogsOfSeveral } from "../../domain/results/logs.ts";
import { apiActor } from "../../domain/values/actor.ts";
import { parseTime } from "../../domain/values/time.ts";
import { parseDuration } from "../../domain/values/units.ts";
import type { Answer, Context, Use } from "../context.ts";
import { tasksNamed } from "../selection.ts";
import { events } from "../commands/events.ts";
import type { FollowDeps } from "../logs/follow.ts";
import { health } from "../commands/health.ts";
import { inspect } from "../commands/inspect.ts";
import { kill } from "../commands/kill.ts";
import { logLine, logs, logsOfOne, type LogsRequest, styledLine } from "../logs/logs.ts";
import { restart } from "../commands/restart.ts";
import { start } from "../commands/start.ts";
import { status } from "../commands/status.ts";
import { stop } from "../commands/stop.ts";
import { why, type WhyDeps } from "../commands/why.ts";
import { withUnrecorded } from "../tasks/with-unrecorded.ts";
import type { StartRequest } from "../tasks/start-tasks.ts";
import { DEFAULT_EVENTS, DEFAULT_LINES, DEFAULT_WAIT } from "../../domain/values/flag-defaults.ts";

/** The dependencies of the API. */
export interface ApiDeps {
  /**
   * A Context of the current project with a lock of its own, so that commands of two clients wait for each other. `actor`:
   * who orders what it does.
   */
  context(actor?: string): Context;
  /** A reader of the events from now on; the caller closes it. */
  events(): EventReader;
  /** The logs of the current project; when following, also those of tasks that are added. */
  logs(isFollowing: boolean): FollowDeps;
  /** Searches logs in a child process: it may take long, and this process must stay responsive. */
  searchLogs(request: LogsRequest): Promise<LogsOfOne | LogsOfSeveral | Failure>;
  /** Runs `act` with a reader of the events. */
  withEvents<T>(act: (deps: WhyDeps) => Promise<T>): Promise<T>;
  /** Ends at once when the signal is aborted; never fails. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Commands that only concern the client itself. */
export type ClientCommand = "subscribe" | "unsubscribe" | "ping";

/** A command that concerns the project. */
export type ProjectRequest = Exclude<ApiRequest, { command: ClientCommand }>;

type Commands = {
  [C in Exclude<ApiCommand, ClientCommand>]: (
    deps: ApiDeps,
    params: ApiParams<C>,
  ) => Promise<object | Failure>;
};

/** Each command's use case; it returns the reply. */
const commands: Commands = {
  status: async (deps) => {
    const ctx = deps.context();
    const answer = await status(ctx);
    return isFailure(answer) ? answer : apiStatus(answer.result, ctx.now());
  },
  start: async (deps, params) => launch(deps, start, params),
  restart: async (deps, params) => launch(deps, restart, params),
  stop: async (deps, params) => act(deps, params, (ctx) => stop(ctx, { names: namesOf(params) })),
  kill: async (deps, params) => act(deps, params, (ctx) => kill(ctx, { names: namesOf(params) })),
  health: async (deps) => replyOf(await health(deps.context()), healthMessage),
  inspect: async (deps, { task }) =>
    replyOf(await inspect(deps.context(), { name: task }), inspectMessage),
  why: async (deps, { task }) =>
    replyOf(
      await deps.withEvents((events) => why(deps.context(), { name: task }, events)),
      whyMessage,
    ),
  logs: showLogs,
  events: showEvents,
};

/** Runs a command and returns the reply, without the request's id. */
export function perform(deps: ApiDeps, { command, params }: ProjectRequest) {
  return (commands[command] as (deps: ApiDeps, params: object) => Promise<object | Failure>)(
    deps,
    params,
  );
}

const replyOf = <T extends object>(answer: Answer<T> | Failure, message: (result: T) => string) =>
  isFailure(answer) ? answer : successReply(answer.result, message(answer.result));

/** The reply of a command that changes something. */
async function act(
  deps: ApiDeps,
  { actor }: Pick<ApiParams<"stop">, "actor">,
  use: (ctx: Context) => Use<Acted>,
): Promise<object | Failure> {
  const ctx = deps.context(apiActor(actor));
  return replyOf(withUnrecorded(ctx, await use(ctx)), actionMessage);
}

type Acted = Parameters<typeof actionMessage>[0];

const namesOf = ({ task, tasks }: ApiParams<"stop">): string[] =>
  tasks ?? (task === undefined ? [] : [task]);

async function launch(deps: ApiDeps, use: typeof start, params: ApiParams<"restart">) {
  const wait = waitOf(params);
  if (isFailure(wait)) return wait;
  const request: StartRequest = {
    names: namesOf(params),
    profiles: [],
    dependencies: params.no_deps !== true,
    forcePort: params.force_port === true,
    joins: params.fresh === true ? "never" : "call",
    wait,
  };
  return act(deps, params, (ctx) => use(ctx, request));
}

/** Seconds, or null: don't wait. */
function waitOf({ wait, timeout = DEFAULT_WAIT }: ApiParams<"start">): number | null | Failure {
  const seconds = typeof timeout === "number" ? timeout : parseDuration(timeout);
  if (seconds === null) {
    return new Failure("E500", `'timeout' must be seconds, or a duration such as "90s"`);
  }
  return wait === true ? seconds : null;
}

async function showLogs(deps: ApiDeps, params: ApiParams<"logs">) {
  const { task, lines, since, grep, colour = false } = params;
  const from = timeOf(since, deps.context().now());
  if (isFailure(from)) return from;
  const named = tasksNamed(deps.context().project.config, task === undefined ? [] : [task]);
  if (isFailure(named)) return named;
  const request: LogsRequest = {
    tasks: named.map(({ name }) => name),
    lines: lines ?? DEFAULT_LINES,
    grep: grep ?? null,
    regex: false,
    context: 0,
    since: from,
    until: null,
    run: null,
  };
  const found =
    grep === undefined ? readLogs(deps, request, colour) : await deps.searchLogs(request);
  return isFailure(found) ? found : successReply(found, countMessage(found.lines.length, "line"));
}

function readLogs(
  deps: ApiDeps,
  request: LogsRequest,
  colour: boolean,
): LogsOfOne | LogsOfSeveral | Failure {
  const answer = logs(request, deps.logs(false));
  if (isFailure(answer)) return answer;
  const { single, rows } = answer;
  return single === null
    ? {
        session: deps.context().project.session,
        lines: Array.from(rows, colour ? styledLine : logLine),
      }
    : logsOfOne(single, rows, false, colour ? asWritten : undefined);
}

const asWritten = (text: string): string => text;

async function showEvents(deps: ApiDeps, { task, lines, since }: ApiParams<"events">) {
  const from = timeOf(since, deps.context().now());
  if (isFailure(from)) return from;
  const { session, config } = deps.context().project;
  const reader = deps.events();
  try {
    const tasks = config.tasks.map(({ name }) => name);
    const request = { session, task: task ?? null, since: from, count: lines ?? DEFAULT_EVENTS };
    const found = events(request, { reader, tasks });
    return isFailure(found) ? found : successReply(found, countMessage(found.count, "event"));
  } finally {
    reader.close();
  }
}

function timeOf(text: string | undefined, now: number): number | null | Failure {
  if (text === undefined) return null;
  const wanted = "a duration such as 5m, or a time such as 2024-01-01T14:00Z";
  return (
    parseTime(text, now) ??
    new Failure("E500", `'since' must be ${wanted}, not ${JSON.stringify(text.slice(0, 60))}`)
  );
}
