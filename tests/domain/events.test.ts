import { expect, test } from "bun:test";
import type { Static } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import {
  describeEvent,
  eventOf,
  orderedBy,
  type EventKind,
  type EventBody,
  parseEvent,
  type RecordedEvent,
  type TaskmuxEvent,
} from "../../src/domain/events.ts";
import { eventSchema, taskmuxEventSchema } from "../../src/domain/results/events.ts";

const TASK = "web";

/** Every kind, with how it reads. */
const KINDS: [EventBody, string][] = [
  [{ event: "session_started" }, "session started"],
  [{ event: "session_stopped" }, "session stopped"],
  [{ event: "task_started", task: TASK, pid: 42 }, "started, pid 42"],
  [{ event: "task_started", task: TASK, pid: null }, "started"],
  [{ event: "task_restarted", task: TASK, pid: 42 }, "restarted, pid 42"],
  [
    { event: "task_restarted", task: TASK, pid: 42, cause: "watch", path: "a\x1b.py" },
    "restarted, pid 42: a\uFFFD.py has changed",
  ],
  [
    { event: "task_signaled", task: TASK, signal: "SIGHUP", path: "a.py" },
    "got SIGHUP: a.py has changed",
  ],
  [
    { event: "watch_paused", task: TASK, restarts: 5, path: "a.py", until: "2024-01-01T00:00:00Z" },
    "its watch pauses for a minute after 5 restarts in a row: a.py has changed",
  ],
  [{ event: "watch_failed", task: TASK, reason: "why" }, "files are not watched: why"],
  [{ event: "task_stopped", task: TASK, signal: "SIGINT" }, "stopped by SIGINT"],
  [{ event: "task_stopped", task: TASK, signal: null }, "stopped"],
  [{ event: "task_killed", task: TASK }, "killed"],
  [{ event: "task_refused", task: TASK, reason: "no cwd" }, "not launched: no cwd"],
  [{ event: "task_exited", task: TASK, exit_code: 1, signal: null }, "exited with status 1"],
  [
    { event: "task_exited", task: TASK, exit_code: null, signal: "SIGKILL" },
    "was ended by SIGKILL",
  ],
  [{ event: "task_exited", task: TASK, exit_code: null, signal: null }, "is gone, with its window"],
  [{ event: "task_detached", task: TASK, pids: [42, 43] }, "went to the background: pid 42, 43"],
  [{ event: "task_healthy", task: TASK, after_ms: 1234 }, "healthy 1.2s after its launch"],
  [
    { event: "health_check_failed", task: TASK, attempt: 2, reason: "status 503" },
    "health check failed (2 in a row): status 503",
  ],
  [{ event: "auto_restart", task: TASK, attempt: 3, reason: "why" }, "automatic restart 3: why"],
  [{ event: "auto_restart_failed", task: TASK, reason: "why" }, "automatic restart failed: why"],
  [{ event: "max_restarts_reached", task: TASK, restarts: 1 }, "given up after 1 restart in a row"],
  [
    { event: "max_restarts_reached", task: TASK, restarts: 5 },
    "given up after 5 restarts in a row",
  ],
  [
    { event: "port_freed", task: TASK, port: 3000, pid: 42, command: "node a.js" },
    "port 3000 freed: pid 42 was ended: node a.js",
  ],
  [
    { event: "port_changed", task: TASK, from: 3000, to: 3001, held_by: "pid 42 (node a.js)" },
    "port changed from 3000, which is held by pid 42 (node a.js), to 3001",
  ],
  [
    { event: "hook_failed", task: TASK, hook: "before_start", exit_code: 3 },
    "hook before_start failed with status 3",
  ],
  [{ event: "hook_failed", hook: "after_stop", exit_code: null }, "hook after_stop was ended"],
  [
    { event: "task_stopped", task: TASK, signal: "SIGINT", by: "codex/019abc12" },
    "stopped by SIGINT (by codex/019abc12)",
  ],
  [{ event: "config_reloaded", added: [], changed: [], removed: [] }, "config reloaded"],
  [
    { event: "config_reloaded", added: ["a", "b"], changed: [], removed: ["c"] },
    "config reloaded: added a, b; removed c",
  ],
  [
    { event: "config_invalid", error: "line 1\nline 2\x1b[2J" },
    "config is invalid: line 1 line 2\uFFFD[2J",
  ],
];

const recorded = (happening: EventBody): TaskmuxEvent => eventOf(happening, "shop", 0);

test.each(KINDS)("%j is read back, fits its schema, and has a sentence", (happening, words) => {
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
  const shown = new Set(KINDS.map(([{ event }]) => event));
  expect(isSame).toBe(true);
  expect(new Set<EventKind>(described)).toEqual(shown);
});

const isOptional = (event: string, field: string): boolean =>
  field === "by" ||
  (event === "hook_failed" && field === "task") ||
  (event === "task_restarted" && (field === "cause" || field === "path"));

test("a line without a field of its kind, or with one of another type, is no event", () => {
  for (const [happening] of KINDS) {
    const event = recorded(happening);
    for (const field of Object.keys(event)) {
      if (isOptional(event.event, field)) continue;
      const { [field]: _, ...without } = event as Record<string, unknown>;
      expect(parseEvent(JSON.stringify(without))).toBeNull();
      expect(parseEvent(JSON.stringify({ ...event, [field]: { a: 1 } }))).toBeNull();
    }
  }
});

test("who ordered it is in the events of orders only, and a text", () => {
  const actor = () => "ann";
  expect(orderedBy({ event: "task_killed", task: "web" }, actor)).toEqual({
    event: "task_killed",
    task: "web",
    by: "ann",
  });
  expect(orderedBy({ event: "session_started" }, actor)).toEqual({ event: "session_started" });
  const event = { ...recorded({ event: "task_killed", task: "web" }), by: 7 };
  expect(parseEvent(JSON.stringify(event))).toBeNull();
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

test("kinds of other versions are events too, and are described by their fields", () => {
  const line =
    '{"ts":"2024-01-01T00:00:00Z","event":"toString","session":"shop","task":"web","to":3,"of":"a"}';
  const event = parseEvent(line) as RecordedEvent;
  expect(describeEvent(event)).toBe('toString to=3 of="a"');
  expect([...Value.Errors(eventSchema, event)]).toEqual([]);
});
