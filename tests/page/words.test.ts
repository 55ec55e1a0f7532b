import { expect, test } from "bun:test";
import type { TaskState } from "../../src/domain/lifecycle.ts";
import type { TaskStatus } from "../../src/domain/results.ts";
import { delayBefore } from "../../src/page/backoff.ts";
import {
  hashOf,
  isOffered,
  noteOf,
  portAddress,
  restartsOf,
  sentences,
  socketAddress,
  taskInHash,
  uptimeOf,
  verbs,
} from "../../src/page/words.ts";
import { statusItem } from "../helpers/status-item.ts";

const task = statusItem({ port: 3000 });

test.each<[TaskState, string]>([
  ["stopped", "start"],
  ["starting", "stop restart"],
  ["running", "stop restart"],
  ["unhealthy", "stop restart"],
  ["exited", "start"],
  ["failed", "start"],
  ["backoff", "start stop"],
])("a task that is %s is offered: %s", (state, offered) => {
  expect(verbs.filter((verb) => isOffered(verb, state)).join(" ")).toBe(offered);
});

test("the time a task is up counts by the daemon's clock, and only while it runs", () => {
  const now = Date.parse("2024-01-01T00:04:12.000Z");
  expect(uptimeOf(task, now)).toBe("up 4m12s");
  expect(uptimeOf({ ...task, running: false }, now)).toBe("");
});

test.each([
  [0, ""],
  [1, "1 restart"],
  [3, "3 restarts"],
])("%d restarts read as %j", (restarts, text) => {
  expect(restartsOf({ ...task, restarts })).toBe(text);
});

test.each<[string, Partial<TaskStatus>]>([
  ["", {}],
  ["exit status 1", { state: "backoff", exit_code: 1 }],
  ["log: the disk is full", { log_error: "the disk is full" }],
  [
    "answered 503",
    {
      state: "unhealthy",
      last_health: { ok: false, method: "http", reason: "answered\n503", at: "" },
    },
  ],
])("its note is %j", (note, changes) => {
  expect(noteOf({ ...task, ...changes })).toBe(note);
});

test("the address of the page may name a task", () => {
  expect(taskInHash(hashOf("web.v-1"))).toBe("web.v-1");
  expect(taskInHash("")).toBeNull();
  expect(taskInHash("#other")).toBeNull();
});

test.each([
  ["http://127.0.0.1:8765/#task=web", "ws://127.0.0.1:8765/"],
  ["https://shop.example/?token=a%26b", "wss://shop.example/?token=a%26b"],
  ["http://[::1]:8765/?other=1", "ws://[::1]:8765/"],
])("the page at %s talks to %s", (page, socket) => {
  expect(socketAddress(page)).toBe(socket);
});

test("a port is on the host by which the page was reached", () => {
  expect(portAddress("[::1]", 3000)).toBe("http://[::1]:3000/");
});

test("an error and its hint are two sentences", () => {
  expect(sentences({ error: "It failed", hint: "Try again." })).toBe("It failed. Try again.");
  expect(sentences({ error: "It failed" })).toBe("It failed");
});

test("attempts to connect come at growing intervals, up to ten seconds and a fifth more", () => {
  expect([1, 2, 3, 4, 5, 6, 60].map((attempt) => delayBefore(attempt, 0.5))).toEqual([
    500, 1000, 2000, 4000, 8000, 10_000, 10_000,
  ]);
  expect(delayBefore(9, 1)).toBeCloseTo(12_000);
  expect(delayBefore(1, 0)).toBeCloseTo(400);
});
