import { EventReader } from "../../adapters/events/reader.ts";
import { events, type EventsRequest, followEvents } from "../../app/commands/events.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { RecordedEvent } from "../../domain/events.ts";
import { printableValue } from "../../domain/values/printable.ts";
import type { Invocation } from "../command.ts";
import { follow } from "../follow.ts";
import { printJson, printLines, viewOf } from "../output.ts";
import { findProjectOrRecord } from "../project-or-record.ts";
import { type EventColumns, renderEvents, widen } from "../render/events.ts";
import { printZone } from "../zone.ts";
import { sleepUntilAborted } from "../../adapters/system/timers.ts";

/** The arguments of `events`. */
interface EventsArguments {
  task: string | undefined;
  /** Epoch ms. */
  since: number | undefined;
  /** How many, the newest. */
  lines: number;
  all: boolean;
  follow: boolean;
}

/** `taskmux events`: prints a stream, so it doesn't use the common path of commands. */
export async function printEvents(
  { location, json }: Invocation,
  args: EventsArguments,
): Promise<number | Failure> {
  // The events of all sessions can be shown without a project.
  const project = args.all ? null : await findProjectOrRecord(location);
  if (isFailure(project)) return project;
  const request = requestOf(args, project?.session ?? null);
  const reader = new EventReader();
  const tasks = project?.config.tasks.map((task) => task.name) ?? null;
  if (!json) printZone(Date.now());
  const show = json
    ? (rows: readonly RecordedEvent[]) => rows.forEach(printJson)
    : printer(request);
  if (args.follow) {
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

const requestOf = (args: EventsArguments, session: string | null): EventsRequest => ({
  session,
  task: args.task ?? null,
  since: args.since ?? null,
  count: args.lines,
});

type Show = (rows: readonly RecordedEvent[]) => void;

/** Prints lines with columns that never get narrower. */
function printer({ session }: EventsRequest): Show {
  let columns: EventColumns = { session: session === null ? 0 : null, task: 0 };
  const view = viewOf(1);
  return (rows) => {
    columns = widen(columns, rows);
    printLines(1, renderEvents(rows.map(printableValue), columns, view));
  };
}
