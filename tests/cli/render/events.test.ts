import { expect, test } from "bun:test";
import { renderEvent, renderEvents, widen } from "../../../src/cli/render/events.ts";
import { eventOf, type EventBody } from "../../../src/domain/events.ts";

const PLAIN = { colour: false };
const COLOUR = { colour: true };
const at = new Date(2024, 0, 1, 14, 0, 5).getTime();
const event = (happening: EventBody, session = "shop") => eventOf(happening, session, at);
const rows = [
  event({ event: "session_started" }),
  event({ event: "task_killed", task: "a" }, "other-shop"),
  event({ event: "task_killed", task: "worker" }),
];

test("each event is a line in local time, the tasks in a column", () => {
  const columns = widen({ session: null, task: 0 }, rows);
  expect(renderEvents(rows, columns, PLAIN)).toEqual([
    "2024-01-01 14:00:05          session started",
    "2024-01-01 14:00:05  a       killed",
    "2024-01-01 14:00:05  worker  killed",
  ]);
});

test("of several sessions, each event has its own", () => {
  const columns = widen({ session: 0, task: 0 }, rows);
  expect(renderEvents(rows, columns, PLAIN)).toEqual([
    "2024-01-01 14:00:05  shop                session started",
    "2024-01-01 14:00:05  other-shop  a       killed",
    "2024-01-01 14:00:05  shop        worker  killed",
  ]);
});

test("columns only grow, so that what comes later stays in line", () => {
  expect(widen({ session: 20, task: 3 }, rows)).toEqual({ session: 20, task: 6 });
  expect(widen({ session: null, task: 9 }, [])).toEqual({ session: null, task: 9 });
});

test("one event by itself needs no columns", () => {
  expect(renderEvent(rows[0]!, PLAIN)).toBe("2024-01-01 14:00:05  session started");
  expect(renderEvent(rows[1]!, PLAIN)).toBe("2024-01-01 14:00:05  a  killed");
});

test.each([
  [{ event: "task_exited", task: "a", exit_code: 0, signal: null }, null],
  [{ event: "task_exited", task: "a", exit_code: 1, signal: null }, 31],
  [{ event: "task_exited", task: "a", exit_code: null, signal: "SIGKILL" }, 31],
  [{ event: "task_healthy", task: "a", after_ms: 1 }, 32],
  [{ event: "auto_restart", task: "a", attempt: 1, reason: "x" }, 33],
] as [EventBody, number | null][])("%j has its colour", (happening, code) => {
  const line = renderEvent(event(happening), COLOUR).split("  ").at(-1)!;
  expect(line.startsWith("\x1b[")).toBe(code !== null);
  if (code !== null) expect(line.startsWith(`\x1b[${code}m`)).toBe(true);
});
