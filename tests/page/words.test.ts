import { expect, test } from "bun:test";
import type { TaskState } from "../../src/domain/tasks/lifecycle.ts";
import type { TaskStatus } from "../../src/domain/results/results.ts";
import type { TaskUsage } from "../../src/domain/results/top.ts";
import { delayBefore } from "../../src/page/backoff.ts";
import {
  addressOf,
  hashOf,
  isOffered,
  noteOf,
  linkTo,
  restartsOf,
  sentences,
  socketAddress,
  taskInHash,
  uptimeOf,
  usageDetails,
  usageOf,
  VERBS,
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
  ["stopping", "stop"],
])("a task that is %s is offered: %s", (state, offered) => {
  expect(VERBS.filter((verb) => isOffered(verb, state)).join(" ")).toBe(offered);
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
  ["exit status 1", { state: "backoff", pid: null, exit_code: 1 }],
  ["runs with an older .env", { stale: ["env_file"], stale_reason: "runs with an older .env" }],
  ["waits at: ok?", { waits_at: "ok?" }],
  ["runs with an older .env", { waits_at: "ok?", stale_reason: "runs with an older .env" }],
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

test.each([
  ["http://localhost:3000/", "[::1]", "http://[::1]:3000/"],
  ["http://127.0.0.1:3000/a?b=1", "10.0.0.7", "http://10.0.0.7:3000/a?b=1"],
  ["https://[::1]:3000/", "localhost", "https://localhost:3000/"],
  ["http://shop.localhost:3000/", "10.0.0.7", "http://shop.localhost:3000/"],
  ["https://example.com/", "localhost", "https://example.com/"],
])("the link to %s on a page from %s is %s", (url, hostname, link) => {
  expect(linkTo(url, hostname)).toBe(link);
});

test.each([
  null,
  "postgres://localhost/app",
  "javascript://localhost/%0aalert(1)",
  " javascript:alert(1)",
  "data://text/html,<script>alert(1)</script>",
  "file:///etc/passwd",
  "http://",
  "no url",
])("%p is no link", (url) => {
  expect(linkTo(url, "localhost")).toBeNull();
});

test("an address is shown by its port, else whole", () => {
  expect(addressOf({ port: 3000, url: "http://localhost:3000/" })).toBe(":3000");
  expect(addressOf({ port: null, url: "postgres://localhost/app" })).toBe(
    "postgres://localhost/app",
  );
  expect(addressOf({ port: null, url: null })).toBe("");
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

const USAGE: TaskUsage = {
  name: "web",
  state: "running",
  cpu_percent: 12.34,
  cpu_seconds: 1,
  memory_bytes: 200 * 1024 ** 2,
  processes: 2,
  threads: 5,
  ports: [80, 443],
  started_at: null,
};

test.each<[Partial<TaskUsage>, string, string]>([
  [{}, "12.3% CPU, 200 MiB", "2 processes, 5 threads, listens on 80, 443"],
  [{ cpu_percent: null }, "200 MiB", "2 processes, 5 threads, listens on 80, 443"],
  [{ processes: 1, threads: null, ports: [] }, "12.3% CPU, 200 MiB", "1 process"],
  [{ processes: 0, threads: 0, ports: [] }, "", "0 processes, 0 threads"],
])("usage of %j reads as %j, in detail as %j", (changes, short, long) => {
  const usage = { ...USAGE, ...changes };
  expect([usageOf(usage), usageDetails(usage)]).toEqual([short, long]);
});
