import { describeEvent, type RecordedEvent } from "../domain/events.ts";
import { type Colour, paint, type View } from "./style.ts";

/** Widths of the columns before the text; a session's is null where all events are of one. */
export interface EventColumns {
  session: number | null;
  task: number;
}

/** Wide enough for these events, and no narrower than before: what is shown later stays in line. */
export function widen(columns: EventColumns, events: readonly RecordedEvent[]): EventColumns {
  const task = Math.max(columns.task, ...events.map((event) => taskOf(event).length));
  if (columns.session === null) return { session: null, task };
  return {
    session: Math.max(columns.session, ...events.map(({ session }) => session.length)),
    task,
  };
}

/** One line an event: local time, session where there are several, task, what happened. */
export function renderEvents(
  events: readonly RecordedEvent[],
  columns: EventColumns,
  view: Pick<View, "colour">,
): string[] {
  return events.map((event) => renderEvent(event, view, columns));
}

/** An event of one session as a line. */
export function renderEvent(
  event: RecordedEvent,
  view: Pick<View, "colour">,
  { session, task }: EventColumns = { session: null, task: 0 },
): string {
  const name =
    paint(taskOf(event), "cyan", view) + " ".repeat(Math.max(0, task - taskOf(event).length));
  return [
    paint(localTime(event.ts), "dim", view),
    ...(session === null ? [] : [event.session.padEnd(session)]),
    ...(task === 0 && taskOf(event) === "" ? [] : [name]),
    paint(describeEvent(event), toneOf(event), view),
  ].join("  ");
}

const taskOf = (event: RecordedEvent): string => ("task" in event && event.task) || "";

const two = (number: number): string => String(number).padStart(2, "0");

/** `2024-01-01 14:00:00`, in the zone of whoever looks. */
function localTime(ts: string): string {
  const time = new Date(ts);
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")}`;
}

const TONES: Record<string, Colour> = {
  task_started: "green",
  task_restarted: "green",
  task_healthy: "green",
  session_started: "green",
  health_check_failed: "yellow",
  auto_restart: "yellow",
  port_freed: "yellow",
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
