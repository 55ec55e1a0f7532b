import { expect, test } from "bun:test";
import { renderWait } from "../../../src/cli/render/wait.ts";
import { renderWhy } from "../../../src/cli/render/why.ts";
import type { WaitResult } from "../../../src/domain/results/wait.ts";
import type { Why } from "../../../src/domain/results/why.ts";

const now = Date.UTC(2026, 0, 1, 12);
const before = (seconds: number): string => new Date(now - seconds * 1000).toISOString();
const view = { width: Infinity, colour: false, now };

const crashed: Why = {
  task: "web",
  session: "demo",
  state: "failed",
  healthy: false,
  want: "up",
  summary: "Task 'web' failed",
  causes: ["the first\nof two", "the second"],
  hint: "Try: taskmux logs web -n 50",
  want_set: { event: "task_started", at: before(65), by: "ann@pts/3" },
  since: before(60),
  pid: null,
  started_at: before(65),
  last_exit: { exit_code: 1, exit_signal: null, at: before(60), after_ms: 5000 },
  last_health: { ok: false, method: "http", reason: "status\n503", at: before(62) },
  restart_policy: "on-failure",
  restarts: 2,
  max_restarts: 5,
  next_restart_at: null,
  monitor: { pid: 7, kind: "daemon" },
  depends_on: [
    { task: "db", state: "running", healthy: true },
    { task: "api", state: "failed", healthy: false },
  ],
  port: {
    port: 3000,
    holders: [
      {
        pid: 9,
        command: "node x.js",
        cwd: "/other",
        owner: "bash (pid 8)",
        hint: "Stop it yourself",
        is_own: false,
      },
      { pid: null, command: null, cwd: null, owner: "user root", hint: null, is_own: false },
    ],
    elsewhere: [],
  },
  url: null,
  worktree: { id: "fix", main: "/main", path: "/project", exists: true },
  cwd: "/project",
  cwd_exists: true,
  waits_at: null,
  log_error: null,
  refused: null,
  stale: [],
  stale_reason: null,
  left: [],
  events: [],
  run: { pid: 42, started_at: before(65) },
  errors: [],
  last_lines: [{ task: "web", ts: before(60), text: "bye" }],
};

const ERROR: Why["errors"][number] = {
  text: "RangeError: bad rate",
  frames: ["api/discount.js:2 discount"],
  count: 3,
  first_at: before(90),
  last_at: before(60),
  fingerprint: "9f31c2aa",
  task: "web",
  ts: before(60),
  is_cause: true,
};

test("why: what is so, why, the facts, the last lines, the next step", () => {
  expect(renderWhy(crashed, view)).toEqual([
    "web: failed",
    "Task 'web' failed",
    "- the first of two",
    "- the second",
    "",
    "want        up (task_started by ann@pts/3 1m5s ago)",
    "process     exit status 1, 1m ago",
    "health      http, 1m2s ago: status 503",
    "restarts    2 in a row of 5, policy on-failure",
    "monitor     daemon (pid 7)",
    "depends on  db (running), api (failed)",
    "port        3000: pid 9 of bash (pid 8) and 1 more",
    "worktree    fix, of /main",
    "its last lines:",
    "  bye",
    "",
    "Try: taskmux logs web -n 50",
  ]);
});

test("why: what isn't known is left out, and a task that is well shows no last lines", () => {
  const well: Why = {
    ...crashed,
    state: "running",
    healthy: true,
    causes: [],
    want_set: null,
    pid: 42,
    last_exit: null,
    last_health: null,
    max_restarts: 0,
    monitor: null,
    depends_on: [],
    port: { port: 3000, holders: [], elsewhere: [] },
    url: "http://localhost:3000/",
    worktree: null,
  };
  expect(renderWhy(well, view).slice(2, -2)).toEqual([
    "",
    "want      up",
    "process   pid 42, started 1m5s ago",
    "restarts  2 in a row, policy on-failure",
    "port      3000: no process listens",
    "url       http://localhost:3000/",
  ]);
});

test("why: a narrow screen gets no line that is wider", () => {
  const text = "word ".repeat(40).trim();
  const long: Why = {
    ...crashed,
    summary: text,
    causes: ["x".repeat(100)],
    errors: [{ ...ERROR, text, is_cause: false }],
  };
  const lines = renderWhy(long, { ...view, width: 40 });
  for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(40);
  expect(lines.join(" ").replace(/\s+/g, " ")).toContain(text);
  expect(lines).toContain(`  ${"word ".repeat(8).slice(0, 37)}…`);
});

test("wait: each task with what is true of it", () => {
  const waited = { pid: null, exit_code: null, exit_signal: null, line: null };
  const result: WaitResult = {
    ok: false,
    for: "healthy",
    log: null,
    timed_out: false,
    elapsed_ms: 3,
    results: [
      { ...waited, task: "web", holds: true, state: "running", reason: "is healthy" },
      { ...waited, task: "api", holds: false, state: "failed", reason: "exited\nwith status 1" },
    ],
  };
  expect(renderWait(result, view)).toEqual([
    "ok  web  running  is healthy",
    "--  api  failed   exited with status 1",
  ]);
});
