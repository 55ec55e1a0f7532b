import { expect, test } from "bun:test";
import { explain, type TaskFacts } from "../../src/domain/explain.ts";
import type { End } from "../../src/domain/lifecycle.ts";

const now = Date.UTC(2026, 0, 1, 12);
const before = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

/** A task that runs, and of which there is nothing to say. */
const well: TaskFacts = {
  task: "web",
  session: "demo",
  state: "running",
  healthy: true,
  want: "up",
  want_set: { event: "task_started", at: before(180) },
  since: before(180),
  pid: 42,
  started_at: before(180),
  last_exit: null,
  last_health: null,
  restart_policy: "on-failure",
  restarts: 0,
  max_restarts: 5,
  next_restart_at: null,
  monitor: null,
  depends_on: [],
  port: null,
  cwd: "/project",
  cwd_exists: true,
  log_error: null,
  events: [],
  errors: [],
  last_lines: [],
  rules: {
    restart_policy: "on-failure",
    max_restarts: 5,
    restart_backoff: 2,
    health_retries: 3,
    oneshot: false,
  },
  end: null,
  gaveUp: false,
  waitsFor: "it has not started yet",
  missingLine: null,
};

const down = { healthy: false, pid: null } as const;
const crash: End = { kind: "exit", status: 1, at: now - 60_000 };
const exitAt = (end: End) => ({
  end,
  last_exit: {
    exit_code: end.kind === "exit" ? end.status : null,
    exit_signal: end.kind === "signal" ? end.signal : null,
    at: end.kind === "lost" ? null : before(60),
    after_ms: end.kind === "lost" ? null : 1500,
  },
});
const ended = (end: End, state: "failed" | "exited" | "backoff" = "failed") => ({
  ...down,
  state,
  ...exitAt(end),
});
const job = { rules: { ...well.rules, oneshot: true } };
const stranger = {
  pid: 9,
  command: "node x.js",
  owner: "bash (pid 8)",
  is_own: false,
};
const failing = { ok: false, method: "http", reason: "status 503", at: before(2) };
const event = (name: string, fields: object, seconds = 60) =>
  ({ ts: before(seconds), event: name, session: "demo", task: "web", ...fields }) as any;
const NOBODY = "nobody restarts it: no monitor runs on this session";
const LOGS = "taskmux logs web -n 50";
const CRASHED = "Task 'web' failed: it exited with status 1 after 1.5s, 1m ago";

type Case = [what: string, facts: Partial<TaskFacts>, ...said: string[]];

/** A summary, the causes, a hint. */
test.each<Case>([
  [
    "never started",
    { ...down, state: "stopped", want: "down", want_set: null, started_at: null },
    "Task 'web' was never started",
    "Try: taskmux start web",
  ],
  [
    "stopped",
    {
      ...down,
      state: "stopped",
      want: "down",
      want_set: { event: "task_stopped", at: before(60) },
      ...exitAt({ kind: "signal", signal: "SIGKILL", at: now }),
    },
    "Task 'web' was stopped 1m ago",
    "Try: taskmux start web",
  ],
  [
    "killed",
    {
      ...down,
      state: "stopped",
      want: "down",
      want_set: { event: "task_killed", at: before(60) },
    },
    "Task 'web' was killed 1m ago",
    "Try: taskmux start web",
  ],
  [
    "stopped before events were kept",
    { ...down, state: "stopped", want: "down", want_set: null },
    "Task 'web' is stopped",
    "Try: taskmux start web",
  ],
  [
    "waiting for its dependency",
    {
      ...down,
      state: "stopped",
      depends_on: [
        { task: "api", state: "running", healthy: true },
        { task: "db", state: "starting", healthy: false },
      ],
    },
    "Task 'web' is wanted, and has not been launched",
    "it depends on 'db', which is starting",
    "Try: taskmux why db",
  ],
  [
    "wanted, and nothing in its way",
    { ...down, state: "stopped" },
    "Task 'web' is wanted, and has not been launched",
    "Try: taskmux start web",
  ],
  [
    "being launched",
    { ...down, state: "starting" },
    "Task 'web' is just being launched",
    "it waits: it has not started yet",
    `Try: taskmux wait web, or see what it says: ${LOGS}`,
  ],
  [
    "starting",
    { healthy: false, state: "starting", last_health: failing, missingLine: "ready" },
    "Task 'web' has run for 3m, and is not ready",
    "its health check (http) fails: status 503",
    "no line has matched its ready_log: ready",
    `Try: taskmux wait web, or see what it says: ${LOGS}`,
  ],
  [
    "starting, and its check passes",
    {
      healthy: false,
      state: "starting",
      last_health: { ...failing, ok: true },
      missingLine: "ready",
    },
    "Task 'web' has run for 3m, and is not ready",
    "no line has matched its ready_log: ready",
    `Try: taskmux wait web, or see what it says: ${LOGS}`,
  ],
  [
    "a job at work",
    { ...job, healthy: false, state: "starting" },
    "Task 'web' is a job that has been at work for 3m",
    `Try: taskmux wait web, or see what it says: ${LOGS}`,
  ],
  ["running", {}, "Task 'web' runs", `Nothing seems wrong; see what it says: ${LOGS}`],
  [
    "running with a check, a port and a restart",
    {
      last_health: { ...failing, ok: true },
      restarts: 1,
      port: { port: 3000, holders: [{ ...stranger, is_own: true }] },
    },
    "Task 'web' runs, and its health check passes",
    "1 restart in a row (at most 5)",
    `Nothing seems wrong; see what it says: ${LOGS}`,
  ],
  [
    "running on another's port",
    { port: { port: 3000, holders: [stranger] } },
    "Task 'web' runs",
    "port 3000 is held by pid 9 (node x.js), which belongs to bash (pid 8)",
    `Nothing seems wrong; see what it says: ${LOGS}`,
  ],
  [
    "unhealthy",
    {
      healthy: false,
      state: "unhealthy",
      last_health: failing,
      port: { port: 3000, holders: [] },
    },
    "Task 'web' runs, and its health check fails after it had passed",
    "nothing listens on its port 3000",
    "its health check (http) fails: status 503",
    `Try: ${LOGS}`,
  ],
  [
    "exited",
    ended({ ...crash, status: 0 }, "exited"),
    "Task 'web' ended by itself: it exited with status 0 after 1.5s, 1m ago",
    'its restart_policy "on-failure" does not restart it',
    "Try: taskmux start web",
  ],
  [
    "a job that is done",
    { ...job, ...ended({ ...crash, status: 0 }, "exited"), healthy: true },
    "Task 'web' has done its work: it exited with status 0 after 1.5s, 1m ago",
    "Do it again: taskmux start web",
  ],
  ["failed", ended(crash), CRASHED, NOBODY, `Try: ${LOGS}, then: taskmux start web`],
  [
    "failed, with its command missing and an error in its log",
    { ...ended({ ...crash, status: 127 }), log_error: "The log can't be written" },
    "Task 'web' failed: it exited with status 127 after 1.5s, 1m ago",
    "status 127: its shell did not find the command",
    NOBODY,
    "The log can't be written",
    `Try: ${LOGS}, then: taskmux start web`,
  ],
  [
    "killed by the system",
    ended({ kind: "signal", signal: "SIGKILL", at: now }),
    "Task 'web' failed: it was ended by SIGKILL after 1.5s, 1m ago",
    "SIGKILL: somebody killed it, or the system did for lack of memory",
    NOBODY,
    `Try: ${LOGS}, then: taskmux start web`,
  ],
  [
    "gone with its window",
    ended({ kind: "lost" }),
    "Task 'web' failed: it is gone, with its window",
    "nobody saw how: its window's process is gone as well",
    NOBODY,
    `Try: ${LOGS}, then: taskmux start web`,
  ],
  [
    "never restarted by its policy",
    { ...ended(crash), rules: { ...well.rules, restart_policy: "no" } },
    CRASHED,
    'its restart_policy "no" does not restart it',
    `Try: ${LOGS}, then: taskmux start web`,
  ],
  [
    "held off its port",
    {
      ...ended(crash),
      port: {
        port: 3000,
        holders: [{ ...stranger, pid: null, command: null, owner: "user id 0" }],
      },
    },
    CRASHED,
    "port 3000 is held by a process, which belongs to user id 0",
    NOBODY,
    "End that process, or let taskmux do it: taskmux start web --force-port",
  ],
  [
    "without its directory",
    { ...ended(crash), cwd_exists: false },
    CRASHED,
    "its directory is missing: /project",
    NOBODY,
    "Make the directory, or mend cwd of tasks.web in taskmux.toml",
  ],
  [
    "failed after a hook of this launch, and one of an earlier one",
    {
      ...ended(crash),
      events: [
        event("hook_failed", { hook: "before_start", exit_code: 2 }, 600),
        event("task_started", { pid: 42 }, 180),
        event("hook_failed", { hook: "after_start", exit_code: 3 }, 120),
      ],
    },
    CRASHED,
    "hook after_start failed with status 3, 2m ago",
    NOBODY,
    `Try: ${LOGS}, then: taskmux start web`,
  ],
  [
    "given up",
    { ...ended(crash), gaveUp: true, restarts: 5, monitor: { pid: 3, kind: "daemon" } },
    "Task 'web' was given up after 5 restarts in a row: it exited with status 1 after 1.5s, 1m ago",
    `Try: ${LOGS}, then: taskmux start web`,
  ],
  [
    "waiting for its restart",
    {
      ...ended(crash, "backoff"),
      restarts: 2,
      next_restart_at: before(-4),
      monitor: { pid: 3, kind: "daemon" },
    },
    "Task 'web' exited with status 1 after 1.5s, 1m ago, and is launched again in 4.0s",
    "2 restarts in a row (at most 5)",
    `Try: ${LOGS}; to end the restarts: taskmux stop web`,
  ],
])("a task that is %s", (_, facts, ...said) => {
  const { summary, causes, hint } = explain({ ...well, ...facts }, now);
  expect([summary, ...causes, hint]).toEqual(said);
});
