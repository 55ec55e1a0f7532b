import type { EventReader } from "../../adapters/events/reader.ts";
import type { RecordedEvent } from "../../domain/events.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Events } from "../../domain/results/events.ts";
import { unknownTask } from "../selection.ts";

/** Poll period, ms. */
const POLL_EVERY = 50;

/** The options of `events`. */
export interface EventsRequest {
  /** null: all sessions. */
  session: string | null;
  task: string | null;
  /** Epoch ms, inclusive. */
  since: number | null;
  /** Maximum number of events, the newest. */
  count: number;
}

/** The dependencies of `events`. */
export interface EventsDeps {
  reader: Pick<EventReader, "newest" | "poll">;
  /** The names of the config's tasks; null for events of all sessions. */
  tasks: readonly string[] | null;
}

/** Shows events, perhaps none; returns false if the output is closed. */
export type EmitEvents = (events: readonly RecordedEvent[]) => boolean;

/** The newest matching events, oldest first; E200 for an unknown task without events. */
export function events(request: EventsRequest, deps: EventsDeps): Events | Failure {
  const unknown = refusedTask(request, deps);
  if (unknown) return unknown;
  const found = deps.reader.newest(request.count, isWantedBy(request));
  return { events: found, count: found.length };
}

/** The newest events, then new ones, until the signal is aborted or the output is closed. */
export async function followEvents(
  request: EventsRequest,
  deps: EventsDeps & { sleep(ms: number, signal: AbortSignal): Promise<void> },
  emit: EmitEvents,
  signal: AbortSignal,
): Promise<Failure | null> {
  const unknown = refusedTask(request, deps);
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

/** A task that was removed from the config may still have events. */
function refusedTask(request: EventsRequest, { reader, tasks }: EventsDeps): Failure | null {
  const { task } = request;
  if (task === null || tasks === null || tasks.includes(task)) return null;
  if (reader.newest(1, isWantedBy({ ...request, since: null })).length > 0) return null;
  return unknownTask(task, tasks);
}
