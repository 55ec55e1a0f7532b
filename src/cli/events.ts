import { EventReader } from "../adapters/event-reader.ts";
import { events, type EventsRequest, followEvents } from "../app/events.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import type { RecordedEvent } from "../domain/events.ts";
import { findProject, type Place, viewOf } from "./action.ts";
import type { Input } from "./commands.ts";
import { follow, sleepUntilAborted, timeOf } from "./follow.ts";
import { printJson, printLines } from "./output.ts";
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
  if (input.flags["follow"] === true) {
    const deps = { reader, tasks, sleep: sleepUntilAborted };
    return follow(show, (emit, signal) => followEvents(request, deps, emit, signal));
  }
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
  const since = timeOf("--since", flags["since"], now);
  return isFailure(since) ? since : { session, task, since, count };
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
