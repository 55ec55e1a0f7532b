import { expect, test } from "bun:test";
import { explain } from "../../../src/domain/diagnosis/why.ts";
import type { TaskFacts } from "../../../src/domain/diagnosis/why-facts.ts";
import type { End } from "../../../src/domain/tasks/lifecycle.ts";

const now = Date.UTC(2026, 0, 1, 12);
const before = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

/** A task that runs, and of which there is nothing to say. */
const well: TaskFacts = {
  task: "web",
  session: "demo",
  state: "running",
  healthy: true,
  want: "up",
  want_set: { event: "task_started", at: before(180), by: null },
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
  url: null,
  worktree: null,
  cwd: "/project",
  cwd_exists: true,
  waits_at: null,
  log_error: null,
  refused: null,
  stale: [],
  stale_reason: null,
  left: [],
  events: [],
  run: { pid: 42, started_at: before(180) },
  errors: [],
  last_lines: [],
  rules: {
    restart_policy: "on-failure",
    max_restarts: 5,
    restart_backoff: 2,
    health_retries: 3,
    oneshot: false,
    success_exit_codes: [0],
  },
  command: "npm run dev",
  end: null,
  gaveUp: false,
  localProgram: null,
  waitsFor: "it has not started yet",
  isLeft: false,
  missingLine: null,
};

const DOWN = { healthy: false, pid: null } as const;
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
  ...DOWN,
  state,
  ...exitAt(end),
});
const job = { rules: { ...well.rules, oneshot: true } };
const STRANGER = {
  pid: 9,
  command: "node x.js",
  cwd: "/other",
  owner: "bash (pid 8)",
  hint: "Stop it yourself",
  is_own: false,
};
const failing = { ok: false, method: "http", reason: "status 503", at: before(2) };
const event = (name: string, fields: object, seconds = 60) =>
  ({ ts: before(seconds), event: name, session: "demo", task: "web", ...fields }) as any;
const NOBODY = "nothing restarts it: no monitor runs in this session";
const LOGS = "taskmux logs web -n 50";
const CRASHED = "Task 'web' failed: it exited with status 1 after 1.5s, 1m ago";

const LEFT = [{ pid: 7, command: "redis-server *:6379", ports: [6379] }];

const ERROR = {
  text: "RangeError: bad rate",
  frames: ["api/a.js:2 run", "api/b.js:1"],
  count: 1,
  first_at: before(62),
  last_at: before(62),
  fingerprint: "9f31c2aa",
  task: "web",
  ts: before(62),
  is_cause: true,
};

type Case = [what: string, facts: Partial<TaskFacts>, ...said: string[]];

/** A summary, the causes, a hint. */
test.each<Case>([
  [
    "never started",
    { ...DOWN, state: "stopped", want: "down", want_set: null, started_at: null },
    "Task 'web' was never started",
    "Try: taskmux start web",
  ],
  [
    "stopped",
    {
      ...DOWN,
      state: "stopped",
      want: "down",
      want_set: { event: "task_stopped", at: before(60), by: "claude-code/8a718ed2" },
      ...exitAt({ kind: "signal", signal: "SIGKILL", at: now }),
    },
    "Task 'web' was stopped by claude-code/8a718ed2 1m ago",
    "Try: taskmux start web",
  ],
  [
    "killed",
    {
      ...DOWN,
      state: "stopped",
      want: "down",
      want_set: { event: "task_killed", at: before(60), by: null },
    },
    "Task 'web' was killed 1m ago",
    "Try: taskmux start web",
  ],
  [
    "stopped before events were kept",
    { ...DOWN, state: "stopped", want: "down", want_set: null },
    "Task 'web' is stopped",
    "Try: taskmux start web",
  ],
  [
    "went to the background",
    {
      ...ended({ kind: "exit", status: 0, at: now - 60_000 }, "exited"),
      left: LEFT,
      command: "redis-server --daemonize yes",
      monitor: { pid: 1, kind: "daemon" },
      port: { port: 6379, holders: [{ ...STRANGER, pid: 7 }], elsewhere: [] },
    },
    "Task 'web' ended by itself: it exited with status 0 after 1.5s, 1m ago",
    "it went to the background: its command exited with status 0 and left pid 7 (redis-server *:6379) running, listening on port 6379",
    `its restart_policy "on-failure" does not restart it`,
    "Run it in the foreground: redis-server --daemonize no; then: taskmux restart web",
  ],
  [
    "a program that is known for going to the background, elsewhere",
    {
      ...ended({ kind: "exit", status: 0, at: now - 60_000 }, "exited"),
      command: "docker compose up -d",
    },
    "Task 'web' ended by itself: it exited with status 0 after 1.5s, 1m ago",
    "its command may have gone to the background: docker compose up, without -d",
    `its restart_policy "on-failure" does not restart it`,
    "Try: taskmux start web",
  ],
  [
    "waiting for its dependency",
    {
      ...DOWN,
      state: "stopped",
      depends_on: [
        { task: "api", state: "running", healthy: true },
        { task: "db", state: "starting", healthy: false },
      ],
    },
    "Task 'web' should be running, but has not been launched",
    "it depends on 'db', which is starting",
    "Try: taskmux why db",
  ],
  [
    "wanted, and refused",
    {
      ...DOWN,
      state: "stopped",
      refused: { reason: "the env_file .env doesn't exist", at: before(60) },
    },
    "Task 'web' should be running, but was not launched 1m ago: the env_file .env doesn't exist",
    "Try: taskmux start web",
  ],
  [
    "wanted, and nothing in its way",
    { ...DOWN, state: "stopped" },
    "Task 'web' should be running, but has not been launched",
    "Try: taskmux start web",
  ],
  [
    "being stopped",
    { ...DOWN, state: "stopping", want: "down" },
    "Task 'web' is being stopped",
    "Try: taskmux wait web --for stopped",
  ],
  [
    "skipped, and watched by a monitor",
    {
      ...DOWN,
      state: "stopped",
      isLeft: true,
      monitor: { pid: 8, kind: "daemon" },
      refused: { reason: "dependency 'db' is not ready", at: before(5) },
      depends_on: [{ task: "db", state: "backoff", healthy: false }],
    },
    "Task 'web' should be running, but was not launched 5s ago: dependency 'db' is not ready",
    "it depends on 'db', which is backoff",
    "the monitor starts it as soon as its dependencies are ready",
    "Try: taskmux why db",
  ],
  [
    "skipped, without a monitor",
    {
      ...DOWN,
      state: "stopped",
      isLeft: true,
      refused: { reason: "dependency 'db' is not ready", at: before(5) },
      depends_on: [{ task: "db", state: "failed", healthy: false }],
    },
    "Task 'web' should be running, but was not launched 5s ago: dependency 'db' is not ready",
    "it depends on 'db', which is failed",
    "Try: taskmux why db",
  ],
  [
    "being stopped for a restart",
    { ...DOWN, state: "stopping" },
    "Task 'web' is being stopped",
    "Try: taskmux wait web",
  ],
  [
    "being launched",
    { ...DOWN, state: "starting" },
    "Task 'web' is being launched",
    "it waits: it has not started yet",
    `Try: taskmux wait web, or read its log: ${LOGS}`,
  ],
  [
    "starting",
    { healthy: false, state: "starting", last_health: failing, missingLine: "ready" },
    "Task 'web' has been running for 3m, and is not ready",
    "its health check (http) fails: status 503",
    "no line has matched its ready_log: ready",
    `Try: taskmux wait web, or read its log: ${LOGS}`,
  ],
  [
    "starting, and its check passes",
    {
      healthy: false,
      state: "starting",
      last_health: { ...failing, ok: true },
      missingLine: "ready",
    },
    "Task 'web' has been running for 3m, and is not ready",
    "no line has matched its ready_log: ready",
    `Try: taskmux wait web, or read its log: ${LOGS}`,
  ],
  [
    "a job at work",
    { ...job, healthy: false, state: "starting" },
    "Task 'web' is a job that has been running for 3m",
    `Try: taskmux wait web, or read its log: ${LOGS}`,
  ],
  ["running", {}, "Task 'web' is running", `Nothing seems wrong; its log: ${LOGS}`],
  [
    "running with a check, a port and a restart",
    {
      last_health: { ...failing, ok: true },
      restarts: 1,
      port: { port: 3000, holders: [{ ...STRANGER, is_own: true }], elsewhere: [] },
    },
    "Task 'web' is running, and its health check passes",
    "1 restart in a row (at most 5)",
    `Nothing seems wrong; its log: ${LOGS}`,
  ],
  [
    "running on another's port",
    { port: { port: 3000, holders: [STRANGER], elsewhere: [] } },
    "Task 'web' is running",
    "port 3000 is held by pid 9 (node x.js) in /other, which belongs to bash (pid 8)",
    "Stop it yourself",
  ],
  [
    "running with an older port, while another holds the one of its config",
    {
      stale: ["port"],
      stale_reason: "runs with port 3001 instead of 3000",
      port: { port: 3000, holders: [STRANGER], elsewhere: [3001] },
    },
    "Task 'web' is running",
    "it runs with port 3001 instead of 3000; to launch it as it is now: taskmux restart web",
    "port 3000 is held by pid 9 (node x.js) in /other, which belongs to bash (pid 8)",
    "Stop it yourself",
  ],
  [
    "unhealthy",
    {
      healthy: false,
      state: "unhealthy",
      last_health: failing,
      port: { port: 3000, holders: [], elsewhere: [] },
    },
    "Task 'web' is running, and its health check, which had passed, fails",
    "nothing listens on its port 3000",
    "its health check (http) fails: status 503",
    `Try: ${LOGS}`,
  ],
  [
    "listening elsewhere",
    {
      healthy: false,
      state: "starting",
      last_health: failing,
      port: { port: 3001, holders: [], elsewhere: [3000, 24678] },
    },
    "Task 'web' has been running for 3m, and is not ready",
    "nothing listens on its port 3001; its processes listen on 3000, 24678: does its command use $PORT?",
    "its health check (http) fails: status 503",
    `Try: taskmux wait web, or read its log: ${LOGS}`,
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
    "Task 'web' has finished: it exited with status 0 after 1.5s, 1m ago",
    "Run it again: taskmux start web",
  ],
  ["failed", ended(crash), CRASHED, NOBODY, `Try: ${LOGS}, then: taskmux start web`],
  [
    "failed, with a command that only its directory has",
    { ...ended({ ...crash, status: 127 }), localProgram: ".venv/bin/uvicorn" },
    "Task 'web' failed: it exited with status 127 after 1.5s, 1m ago",
    "status 127: its shell did not find the command; .venv/bin/uvicorn exists: write that path in its command",
    NOBODY,
    `Try: ${LOGS}, then: taskmux start web`,
  ],
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
    "SIGKILL: killed by someone, or by the system because memory ran out",
    NOBODY,
    `Try: ${LOGS}, then: taskmux start web`,
  ],
  [
    "gone with its window",
    ended({ kind: "lost" }),
    "Task 'web' failed: it is gone, with its window",
    "how it ended is unknown: its window's process is gone as well",
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
        holders: [{ ...STRANGER, pid: null, command: null, cwd: null, owner: "user root" }],
        elsewhere: [],
      },
    },
    CRASHED,
    "port 3000 is held by a process, which belongs to user root",
    NOBODY,
    "Stop it yourself",
  ],
  [
    "without its directory",
    { ...ended(crash), cwd_exists: false },
    CRASHED,
    "its working directory is missing or no directory: /project",
    NOBODY,
    "Create the directory, or correct cwd of tasks.web in taskmux.toml",
  ],
  [
    "of run, without its directory",
    { ...ended(crash), cwd_exists: false, source: "run" },
    CRASHED,
    "its working directory is missing or no directory: /project",
    NOBODY,
    "Create the directory, or run it in another one with --cwd",
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
    "failed after its port was freed, which an earlier run's was a moment before",
    {
      ...ended(crash),
      events: [
        event("port_freed", { port: 3000, pid: 8, command: "node old.js" }, 190),
        event("task_started", { pid: 41 }, 189),
        event("port_freed", { port: 3000, pid: 9, command: "node a.js" }, 181),
        event("task_started", { pid: 42 }, 180),
      ],
    },
    CRASHED,
    "port 3000 freed: pid 9 was ended: node a.js, 3m1s ago",
    NOBODY,
    `Try: ${LOGS}, then: taskmux start web`,
  ],
  [
    "failed with errors, of which the last is the most likely cause",
    {
      ...ended(crash),
      errors: [
        { ...ERROR, text: "Error: from before", is_cause: false },
        { ...ERROR, text: "Error: first", frames: [] },
        { ...ERROR, count: 2, last_at: before(61) },
      ],
    },
    CRASHED,
    "RangeError: bad rate (api/a.js:2 run, api/b.js:1), 2 times, 1m1s ago",
    "Error: first, 1m2s ago",
    NOBODY,
    `Try: ${LOGS}, then: taskmux start web`,
  ],
  [
    "at a prompt",
    { waits_at: "Use 3001 instead? (Y/n)" },
    "Task 'web' is running",
    "it has not ended this line, and may wait for an answer: Use 3001 instead? (Y/n)",
    `If it waits for an answer: taskmux send web TEXT; its log: ${LOGS}`,
  ],
  [
    "at a prompt, and stopping",
    { state: "stopping", healthy: false, want: "down", waits_at: "Sure?" },
    "Task 'web' is being stopped",
    "it has not ended this line, and may wait for an answer: Sure?",
    "Try: taskmux wait web --for stopped",
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
    `Try: ${LOGS}; to stop the restarts: taskmux stop web`,
  ],
])("a task that is %s", (_, facts, ...said) => {
  const { summary, causes, hint } = explain({ ...well, ...facts }, now);
  expect([summary, ...causes, hint]).toEqual(said);
});
