import { EventReader } from "../adapters/event-reader.ts";
import { events, type EventsDeps, type EventsRequest, followEvents } from "../app/events.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { RecordedEvent } from "../domain/events.ts";
import { parseTime } from "../domain/time.ts";
import { findProject, INTERRUPTED, type Place, viewOf } from "./action.ts";
import type { Input } from "./commands.ts";
import { printJson, printLines, ReaderGone, write } from "./output.ts";
import { type EventColumns, renderEvents, widen } from "./render-events.ts";

const DEFAULT_COUNT = 50;

/** `taskmux events`: prints a stream, so it stands beside the commands that print one result. */
export async function printEvents(
  place: Place,
  input: Input,
  json: boolean,
): Promise<number | Failure> {
  // Every session's events are there whatever the project, and without one.
  const project = input.flags["all"] === true ? null : await findProject(place);
  if (isFailure(project)) return project;
  const request = requestOf(input, project?.session ?? null, Date.now());
  if (isFailure(request)) return request;
  const reader = new EventReader();
  const tasks = project?.config.tasks.map((task) => task.name) ?? null;
  const show = json
    ? (rows: readonly RecordedEvent[]) => rows.forEach(printJson)
    : printer(request);
  if (input.flags["follow"] === true) return follow(request, { reader, tasks }, show);
  const answer = events(request, { reader, tasks });
  reader.close();
  if (isFailure(answer)) return answer;
  if (json) printJson(answer);
  else if (answer.count === 0) printLines(1, ["no events"]);
  else show(answer.events);
  return 0;
}

function requestOf({ flags }: Input, session: string | null, now: number): EventsRequest | Failure {
  const task = (flags["task"] as string | undefined) ?? null;
  const count = (flags["lines"] as number | undefined) ?? DEFAULT_COUNT;
  const text = flags["since"] as string | undefined;
  const since = text === undefined ? null : parseTime(text, now);
  if (text === undefined || since !== null) return { session, task, since, count };
  const wanted = "a duration such as 5m, or a time such as 2024-01-01T14:00";
  return new Failure("E500", `--since takes ${wanted}, not '${text}'`);
}

type Show = (rows: readonly RecordedEvent[]) => void;

/** Prints lines whose columns stay where they were. */
function printer({ session }: EventsRequest): Show {
  let columns: EventColumns = { session: session === null ? 0 : null, task: 0 };
  const view = viewOf(1);
  return (rows) => {
    columns = widen(columns, rows);
    printLines(1, renderEvents(rows, columns, view));
  };
}

async function follow(request: EventsRequest, deps: EventsDeps, show: Show) {
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ending.abort());
  const emit = (rows: readonly RecordedEvent[]): boolean => {
    try {
      show(rows);
      // A pipe whose reader has gone says so only when something is written to it, be it nothing.
      write(1, "");
      return true;
    } catch (error) {
      if (error instanceof ReaderGone) return false;
      throw error;
    }
  };
  const failure = await followEvents(request, { ...deps, sleep }, emit, ending.signal);
  return failure ?? (ending.signal.aborted ? INTERRUPTED : 0);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  const timer = setTimeout(end, ms);
  signal.addEventListener("abort", end, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  });
}
