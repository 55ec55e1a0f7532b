import { expect, test } from "bun:test";
import type { Static } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import {
  describeEvent,
  eventOf,
  type EventKind,
  type Happening,
  parseEvent,
  type RecordedEvent,
  type TaskmuxEvent,
} from "../../src/domain/events.ts";
import { eventSchema, taskmuxEventSchema } from "../../src/domain/results-events.ts";

const task = "web";

/** Every kind, with how it reads. */
const kinds: [Happening, string][] = [
  [{ event: "session_started" }, "session started"],
  [{ event: "session_stopped" }, "session stopped"],
  [{ event: "task_started", task, pid: 42 }, "started, pid 42"],
  [{ event: "task_started", task, pid: null }, "started"],
  [{ event: "task_restarted", task, pid: 42 }, "restarted, pid 42"],
  [{ event: "task_stopped", task, signal: "SIGINT" }, "stopped by SIGINT"],
  [{ event: "task_stopped", task, signal: null }, "stopped"],
  [{ event: "task_killed", task }, "killed"],
  [{ event: "task_exited", task, exit_code: 1, signal: null }, "exited with status 1"],
  [{ event: "task_exited", task, exit_code: null, signal: "SIGKILL" }, "was ended by SIGKILL"],
  [{ event: "task_exited", task, exit_code: null, signal: null }, "is gone, with its window"],
  [{ event: "task_healthy", task, after_ms: 1234 }, "healthy 1.2s after its launch"],
  [
    { event: "health_check_failed", task, attempt: 2, reason: "status 503" },
    "health check failed (2 in a row): status 503",
  ],
  [{ event: "auto_restart", task, attempt: 3, reason: "why" }, "automatic restart 3: why"],
  [{ event: "auto_restart_failed", task, reason: "why" }, "automatic restart failed: why"],
  [{ event: "max_restarts_reached", task, restarts: 1 }, "given up after 1 restart in a row"],
  [{ event: "max_restarts_reached", task, restarts: 5 }, "given up after 5 restarts in a row"],
  [
    { event: "port_freed", task, port: 3000, pid: 42, command: "node a.js" },
    "port 3000 freed: pid 42 was ended: node a.js",
  ],
  [
    { event: "hook_failed", task, hook: "before_start", exit_code: 3 },
    "hook before_start failed with status 3",
  ],
  [{ event: "hook_failed", hook: "after_stop", exit_code: null }, "hook after_stop was ended"],
  [{ event: "config_reloaded", added: [], changed: [], removed: [] }, "config reloaded"],
  [
    { event: "config_reloaded", added: ["a", "b"], changed: [], removed: ["c"] },
    "config reloaded: added a, b; removed c",
  ],
  [
    { event: "config_invalid", error: "line 1\nline 2\x1b[2J" },
    "config is invalid: line 1 line 2 [2J",
  ],
];

const recorded = (happening: Happening): TaskmuxEvent => eventOf(happening, "shop", 0);

test.each(kinds)("%j is read back, fits its schema, and is told in words", (happening, words) => {
  const event = recorded(happening);
  expect(Object.keys(event).slice(0, 3)).toEqual(["ts", "event", "session"]);
  expect(event.ts).toBe("1970-01-01T00:00:00.000Z");
  expect(parseEvent(JSON.stringify(event))).toEqual(event);
  expect([...Value.Errors(taskmuxEventSchema, event)]).toEqual([]);
  expect(Value.Clean(taskmuxEventSchema, structuredClone(event))).toEqual(event);
  expect(describeEvent(event)).toBe(words);
});

test("the schema and the types tell of the same kinds with the same fields", () => {
  type Described = Static<typeof taskmuxEventSchema>;
  const isSame: [Described] extends [TaskmuxEvent]
    ? [TaskmuxEvent] extends [Described]
      ? true
      : false
    : false = true;
  const described = taskmuxEventSchema.anyOf.map((kind) => kind.properties.event.const);
  const shown = new Set(kinds.map(([{ event }]) => event));
  expect(isSame).toBe(true);
  expect(new Set<EventKind>(described)).toEqual(shown);
});

test("a line without a field of its kind, or with one of another type, is no event", () => {
  for (const [happening] of kinds) {
    const event = recorded(happening);
    for (const field of Object.keys(event)) {
      if (field === "task" && event.event === "hook_failed") continue;
      const { [field]: _, ...without } = event as Record<string, unknown>;
      expect(parseEvent(JSON.stringify(without))).toBeNull();
      expect(parseEvent(JSON.stringify({ ...event, [field]: { a: 1 } }))).toBeNull();
    }
  }
});

test.each([
  "",
  "null",
  "7",
  "[]",
  "{}",
  '{"ts":"2024-01-01T00:00:00.000Z","event":"task_ki',
  '{"ts":"2024-01-01T00:00:00+00:00","event":"task_killed","session":"shop","task":"web"}',
  '{"ts":"2024-99-01T00:00:00Z","event":"x","session":"shop"}',
  '{"ts":1704067200,"event":"x","session":"shop"}',
  '{"ts":"2024-01-01T00:00:00Z","event":"x"}',
  '{"ts":"2024-01-01T00:00:00Z","event":"x","session":"shop","task":7}',
])("%s is no event", (line) => expect(parseEvent(line)).toBeNull());

test("kinds of other versions are events too, and are told by their fields", () => {
  const line =
    '{"ts":"2024-01-01T00:00:00Z","event":"toString","session":"shop","task":"web","to":3,"of":"a"}';
  const event = parseEvent(line) as RecordedEvent;
  expect(describeEvent(event)).toBe('toString to=3 of="a"');
  expect([...Value.Errors(eventSchema, event)]).toEqual([]);
});
