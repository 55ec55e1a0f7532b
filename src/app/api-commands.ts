import type { EventReader } from "../adapters/event-reader.ts";
import {
  actionMessage,
  countMessage,
  healthMessage,
  inspectMessage,
} from "../domain/api-message.ts";
import type { ApiCommand, ApiParams } from "../domain/api-params.ts";
import { apiStatus, successReply } from "../domain/api-reply.ts";
import type { ApiRequest } from "../domain/api-request.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { LogsOfOne, LogsOfSeveral } from "../domain/results-logs.ts";
import { parseTime } from "../domain/time.ts";
import { parseDuration } from "../domain/units.ts";
import type { Answer, Context } from "./context.ts";
import { events } from "./events.ts";
import type { FollowDeps } from "./follow-logs.ts";
import { health } from "./health.ts";
import { inspect } from "./inspect.ts";
import { kill } from "./kill.ts";
import { logs, logsOfOne, logsOfSeveral, type LogsRequest } from "./logs.ts";
import { restart } from "./restart.ts";
import { start, type StartRequest } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";

/** What the API touches. */
export interface ApiDeps {
  /** A Context of the project in force, with a lock of its own: commands of two clients wait for each other. */
  context(): Context;
  /** A reader of the events from now on; to be closed. */
  events(): EventReader;
  /** The logs of the project in force; following, those too of tasks that come. */
  logs(isFollowing: boolean): FollowDeps;
  /** Searches logs in a process of its own: it may take long, and this one has others to answer. */
  searchLogs(request: LogsRequest): Promise<LogsOfOne | LogsOfSeveral | Failure>;
  /** Ends at once when the signal is aborted; never fails. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Commands that are done with once they are answered: they touch only what is known of the client. */
export type ClientCommand = "subscribe" | "unsubscribe" | "ping";

/** A command that works on the project. */
export type ProjectRequest = Exclude<ApiRequest, { command: ClientCommand }>;

type Commands = {
  [C in Exclude<ApiCommand, ClientCommand>]: (
    deps: ApiDeps,
    params: ApiParams<C>,
  ) => Promise<object | Failure>;
};

/** Seconds that `wait` waits where `timeout` doesn't say; lines and events that are shown where `lines` doesn't. */
const DEFAULT_WAIT = 60;
const DEFAULT_LINES = 100;
const DEFAULT_EVENTS = 50;

/** Every command as the use case behind it: it answers with the reply. */
const commands: Commands = {
  status: async (deps) => {
    const ctx = deps.context();
    const answer = await status(ctx);
    return isFailure(answer) ? answer : apiStatus(answer.result, ctx.now());
  },
  start: async (deps, params) => launch(deps, start, params),
  restart: async (deps, params) => launch(deps, restart, params),
  stop: async (deps, params) =>
    replyOf(await stop(deps.context(), { names: namesOf(params) }), actionMessage),
  kill: async (deps, params) =>
    replyOf(await kill(deps.context(), { names: namesOf(params) }), actionMessage),
  health: async (deps) => replyOf(await health(deps.context()), healthMessage),
  inspect: async (deps, { task }) =>
    replyOf(await inspect(deps.context(), { name: task }), inspectMessage),
  logs: showLogs,
  events: showEvents,
};

/** Runs a command; the reply, less the request's id. */
export function perform(deps: ApiDeps, { command, params }: ProjectRequest) {
  return (commands[command] as (deps: ApiDeps, params: object) => Promise<object | Failure>)(
    deps,
    params,
  );
}

const replyOf = <T extends object>(answer: Answer<T> | Failure, message: (result: T) => string) =>
  isFailure(answer) ? answer : successReply(answer.result, message(answer.result));

const namesOf = ({ task, tasks }: ApiParams<"stop">): string[] =>
  tasks ?? (task === undefined ? [] : [task]);

async function launch(deps: ApiDeps, use: typeof start, params: ApiParams<"start">) {
  const wait = waitOf(params);
  if (isFailure(wait)) return wait;
  const request: StartRequest = {
    names: namesOf(params),
    dependencies: params.no_deps !== true,
    forcePort: params.force_port === true,
    wait,
  };
  return replyOf(await use(deps.context(), request), actionMessage);
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
  const from = timeOf(since);
  if (isFailure(from)) return from;
  const request: LogsRequest = {
    tasks: task === undefined ? [] : [task],
    lines: lines ?? DEFAULT_LINES,
    grep: grep ?? null,
    regex: false,
    context: 0,
    since: from,
    until: null,
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
    ? logsOfSeveral(deps.context().project.session, rows)
    : logsOfOne(single, rows, false, colour ? asWritten : undefined);
}

const asWritten = (text: string): string => text;

async function showEvents(deps: ApiDeps, { task, lines, since }: ApiParams<"events">) {
  const from = timeOf(since);
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

function timeOf(text: string | undefined): number | null | Failure {
  if (text === undefined) return null;
  const wanted = "a duration such as 5m, or a time such as 2024-01-01T14:00Z";
  return (
    parseTime(text, Date.now()) ??
    new Failure("E500", `'since' must be ${wanted}, not ${JSON.stringify(text.slice(0, 60))}`)
  );
}
