import { expect, test } from "bun:test";
import { join } from "node:path";
import { EventLog } from "../../../src/adapters/events/log.ts";
import { EventReader } from "../../../src/adapters/events/reader.ts";
import { events, type EventsRequest, followEvents } from "../../../src/app/commands/events.ts";
import { eventOf, type EventBody, type RecordedEvent } from "../../../src/domain/events.ts";
import { isFailure } from "../../../src/domain/failure.ts";
import { eventsSchema } from "../../../src/domain/results/events.ts";
import { Value } from "@sinclair/typebox/value";
import { directoryWith } from "../../helpers/directory.ts";
import { eventually } from "../../helpers/eventually.ts";

const killed = (task: string): EventBody => ({ event: "task_killed", task });

/** What happened in two sessions, one event a second. */
const history: [string, EventBody][] = [
  ["shop", { event: "session_started" }],
  ["shop", killed("web")],
  ["other", killed("web")],
  ["shop", killed("api")],
  ["shop", { event: "hook_failed", hook: "before_stop", exit_code: 1 }],
  ["shop", killed("removed")],
];

function recorded() {
  const directory = directoryWith({});
  const path = join(directory.path, "events.jsonl");
  const log = new EventLog(path);
  log.append(
    history.map(([session, happening], second) => eventOf(happening, session, second * 1000)),
  );
  const reader = new EventReader(path);
  const record = (happening: EventBody, session = "shop") =>
    log.append([eventOf(happening, session, 60_000)]);
  const dispose = () => (reader.close(), directory[Symbol.dispose]());
  return { reader, record, tasks: ["web", "api", "quiet"], [Symbol.dispose]: dispose };
}

const ALL: EventsRequest = { session: "shop", task: null, since: null, count: 50 };
const seconds = (found: readonly RecordedEvent[]): number[] =>
  found.map(({ ts }) => Date.parse(ts) / 1000);

test.each([
  ["this session's", {}, [0, 1, 3, 4, 5]],
  ["the newest two", { count: 2 }, [4, 5]],
  ["none", { count: 0 }, []],
  ["one task's", { task: "web" }, [1]],
  ["a task's that nothing has happened to", { task: "quiet" }, []],
  ["a task's that the config has no more", { task: "removed" }, [5]],
  ["those since a time, its own moment too", { since: 3000 }, [3, 4, 5]],
  ["a removed task's since a time after its end", { task: "removed", since: 9000 }, []],
  ["every session's", { session: null }, [0, 1, 2, 3, 4, 5]],
  ["one task's of every session", { session: null, task: "web" }, [1, 2]],
] as [string, Partial<EventsRequest>, number[]][])("shows %s", (_what, change, expected) => {
  using world = recorded();
  const found = events({ ...ALL, ...change }, world);
  if (isFailure(found)) throw new Error(found.message);
  expect(seconds(found.events)).toEqual(expected);
  expect(found.count).toBe(expected.length);
  expect(Value.Check(eventsSchema, found)).toBe(true);
});

test("a task that nothing tells of is E200, with the nearest name", () => {
  using world = recorded();
  const failure = events({ ...ALL, task: "wbe" }, world);
  expect(failure).toMatchObject({ code: "E200", message: "Task 'wbe' not found in config" });
  expect((failure as { hint: string }).hint).toContain("'web'");
  const everywhere = { reader: world.reader, tasks: null };
  expect(events({ ...ALL, session: null, task: "wbe" }, everywhere)).toEqual({
    events: [],
    count: 0,
  });
});

test("follows: what there is, then what comes of what is wanted, until it is ended", async () => {
  using world = recorded();
  const shown: RecordedEvent[] = [];
  const ending = new AbortController();
  const deps = { ...world, sleep: () => Bun.sleep(1) };
  const emit = (rows: readonly RecordedEvent[]) => shown.push(...rows) >= 0;
  const over = followEvents({ ...ALL, task: "web", count: 1 }, deps, emit, ending.signal);
  expect(seconds(shown)).toEqual([1]);
  world.record(killed("web"), "other");
  world.record(killed("api"));
  world.record({ event: "task_started", task: "web", pid: 1 });
  await eventually(() => shown.length === 2);
  expect(shown[1]).toMatchObject({ event: "task_started", session: "shop", task: "web" });
  ending.abort();
  expect(await over).toBeNull();
});

test("ends when its reader goes away, though nothing happens", async () => {
  using world = recorded();
  let looks = 0;
  const deps = { ...world, sleep: () => Bun.sleep(1) };
  expect(await followEvents(ALL, deps, () => ++looks < 3, new AbortController().signal)).toBeNull();
});
