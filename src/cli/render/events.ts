import { describeEvent, type RecordedEvent } from "../../domain/events.ts";
import { localSecond } from "../../domain/values/local-time.ts";
import { type Colour, paint, type View } from "./style.ts";

/** Column widths before the text; the session's is null if all events are of one session. */
export interface EventColumns {
  session: number | null;
  task: number;
}

/** Widens the columns for these events; they never get narrower, so that later lines stay aligned. */
export function widen(columns: EventColumns, events: readonly RecordedEvent[]): EventColumns {
  const task = Math.max(columns.task, ...events.map((event) => taskOf(event).length));
  if (columns.session === null) return { session: null, task };
  return {
    session: Math.max(columns.session, ...events.map(({ session }) => session.length)),
    task,
  };
}

/** One line per event: local time, session (if there are several), task, event. */
export function renderEvents(
  events: readonly RecordedEvent[],
  columns: EventColumns,
  view: Pick<View, "colour">,
): string[] {
  return events.map((event) => renderEvent(event, view, columns));
}

/** The line of an event of a single session. */
export function renderEvent(
  event: RecordedEvent,
  view: Pick<View, "colour">,
  { session, task }: EventColumns = { session: null, task: 0 },
): string {
  const name =
    paint(taskOf(event), "cyan", view) + " ".repeat(Math.max(0, task - taskOf(event).length));
  return [
    paint(localSecond(Date.parse(event.ts)), "dim", view),
    ...(session === null ? [] : [event.session.padEnd(session)]),
    ...(task === 0 && taskOf(event) === "" ? [] : [name]),
    paint(describeEvent(event), toneOf(event), view),
  ].join("  ");
}

const taskOf = (event: RecordedEvent): string => ("task" in event && event.task) || "";

const TONES: Record<string, Colour> = {
  task_started: "green",
  task_restarted: "green",
  task_healthy: "green",
  session_started: "green",
  health_check_failed: "yellow",
  auto_restart: "yellow",
  port_freed: "yellow",
  port_changed: "yellow",
  auto_restart_failed: "red",
  max_restarts_reached: "red",
  hook_failed: "red",
  config_invalid: "red",
};

function toneOf(event: RecordedEvent): Colour | null {
  if (event.event === "task_exited" && "exit_code" in event)
    return event.exit_code === 0 ? null : "red";
  return Object.hasOwn(TONES, event.event) ? TONES[event.event]! : null;
}
