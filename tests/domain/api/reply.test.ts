import { expect, test } from "bun:test";
import {
  apiStatus,
  comparableStatus,
  failureReply,
  named,
  successReply,
} from "../../../src/domain/api/reply.ts";
import { Failure } from "../../../src/domain/failure.ts";
import type { Status, TaskStatus } from "../../../src/domain/results/results.ts";
import { statusItem } from "../../helpers/status-item.ts";

const task = statusItem({
  last_health: { ok: true, method: "tcp", reason: null, at: "2024-01-01T14:00:00.000Z" },
});

const status = (...tasks: TaskStatus[]): Status => ({
  session: "demo",
  running: true,
  active_tasks: 1,
  config_path: "/taskmux.toml",
  monitor: null,
  worktree: null,
  siblings: [],
  tasks,
});

const essence = (each: Status, now = 0): string => comparableStatus(apiStatus(each, now));

test("a status bears the reference's keys, and its tasks by name, whatever that is", () => {
  const reply = apiStatus(status(task, { ...task, name: "__proto__" }), 0);
  expect(reply).toMatchObject({ session_name: "demo", session_exists: true });
  expect(reply.timestamp).toBe("1970-01-01T00:00:00.000Z");
  expect(Object.keys(JSON.parse(JSON.stringify(reply)).tasks)).toEqual(["web", "__proto__"]);
});

test("when it was looked at, and when a check last said the same, make no other status", () => {
  const later = { ...task.last_health!, at: "2024-01-01T15:00:00.000Z" };
  expect(essence(status({ ...task, last_health: later }), 5)).toBe(essence(status(task), 0));
});

test.each([
  ["a state", { state: "unhealthy" }],
  ["a pid", { pid: 43 }],
  ["a start", { started_at: "2024-01-01T15:00:00.000Z" }],
  ["what a check said", { last_health: { ...task.last_health!, reason: "refused" } }],
] as [string, Partial<TaskStatus>][])(
  "%s makes another status, of a task called at too",
  (_, change) => {
    for (const name of ["web", "at", "timestamp"]) {
      const before = status({ ...task, name });
      expect(essence(status({ ...task, name, ...change }))).not.toBe(essence(before));
    }
  },
);

test("a reply says whether it went well, and bears its request's name", () => {
  expect(successReply({ ok: true, task: "web" }, "done")).toEqual({
    success: true,
    message: "done",
    ok: true,
    task: "web",
  });
  expect(successReply({ ok: false, error: "No." }, "done")).toMatchObject({
    success: false,
    message: "No.",
  });
  expect(successReply({ count: 1 }, "one")).toMatchObject({ success: true });
  expect(failureReply(new Failure("E200", "Not there", "Look."))).toEqual({
    success: false,
    error: "Not there",
    error_code: "E200",
    hint: "Look.",
  });
  expect([named({}, null), named({}, 0), named({}, "")]).toEqual([
    {},
    { id: 0 },
    { id: "" },
  ] as object[]);
});
