import type { EventReader } from "../adapters/event-reader.ts";
import type { RecordedEvent } from "../domain/events.ts";
import { Failure } from "../domain/failure.ts";
import type { Events } from "../domain/results-events.ts";
import { didYouMean } from "../domain/suggest.ts";

/** How often the file is looked at, ms: an event is shown half of it after it was recorded, in the mean. */
const POLL_EVERY = 50;

/** What `events` is asked for. */
export interface EventsRequest {
  /** null: of every session. */
  session: string | null;
  task: string | null;
  /** Epoch ms, inclusive. */
  since: number | null;
  /** How many, the newest. */
  count: number;
}

/** What `events` touches. */
export interface EventsDeps {
  reader: Pick<EventReader, "newest" | "poll">;
  /** The names of the config's tasks; null where every session's events are shown. */
  tasks: readonly string[] | null;
}

/** Is given events to show, perhaps none; false when nobody reads any more. */
export type EmitEvents = (events: readonly RecordedEvent[]) => boolean;

/** The newest events that were asked for, oldest first; E200 for a task that nothing tells of. */
export function events(request: EventsRequest, deps: EventsDeps): Events | Failure {
  const unknown = unknownTask(request, deps);
  if (unknown) return unknown;
  const found = deps.reader.newest(request.count, isWantedBy(request));
  return { events: found, count: found.length };
}

/** The newest events, then each that comes, until the signal is aborted or nobody reads. */
export async function followEvents(
  request: EventsRequest,
  deps: EventsDeps & { sleep(ms: number, signal: AbortSignal): Promise<void> },
  emit: EmitEvents,
  signal: AbortSignal,
): Promise<Failure | null> {
  const unknown = unknownTask(request, deps);
  if (unknown) return unknown;
  const isWanted = isWantedBy(request);
  let isRead = emit(deps.reader.newest(request.count, isWanted));
  while (isRead && !signal.aborted) {
    await deps.sleep(POLL_EVERY, signal);
    isRead = emit(deps.reader.poll().filter(isWanted));
  }
  return null;
}

function isWantedBy({ session, task, since }: EventsRequest): (event: RecordedEvent) => boolean {
  return (event) =>
    (session === null || event.session === session) &&
    (task === null || ("task" in event && event.task === task)) &&
    (since === null || Date.parse(event.ts) >= since);
}

/** A task that the config has no more has its events all the same. */
function unknownTask(request: EventsRequest, { reader, tasks }: EventsDeps): Failure | null {
  const { task } = request;
  if (task === null || tasks === null || tasks.includes(task)) return null;
  if (reader.newest(1, isWantedBy({ ...request, since: null })).length > 0) return null;
  const hint = didYouMean(task, tasks) ?? undefined;
  return new Failure("E200", `Task '${task}' not found in config`, hint);
}
