import { describe, expect, test } from "bun:test";
import {
  errorSentence,
  renderCheck,
  renderHealth,
  renderKill,
  renderStart,
  renderStatus,
  renderStop,
} from "../../../src/cli/render/results.ts";
import type { View } from "../../../src/cli/render/style.ts";
import type { StartAll, Status, TaskStatus } from "../../../src/domain/results/results.ts";
import { statusItem } from "../../helpers/status-item.ts";

const now = Date.parse("2024-01-01T00:01:05.000Z");
const plain: View = { width: Infinity, colour: false, now };

const task = statusItem;

const ENDED = { running: false, healthy: false, pid: null } as const;

const status = (...tasks: TaskStatus[]): Status => ({
  session: "demo",
  running: true,
  active_tasks: tasks.filter(({ running }) => running).length,
  config_path: "/p/taskmux.toml",
  monitor: null,
  worktree: null,
  siblings: [],
  tasks,
});

const sick = (reason: string) => ({
  ok: false,
  method: "command",
  reason,
  at: "2024-01-01T00:00:00.000Z",
});

const ERROR = {
  text: "RangeError: bad rate",
  frames: ["api/a.js:2 run"],
  count: 2,
  first_at: "2024-01-01T00:00:00.000Z",
  last_at: "2024-01-01T00:00:01.000Z",
  fingerprint: "9f31c2aa",
};

describe("status", () => {
  const row = (changes: Partial<TaskStatus>) => renderStatus(status(task(changes)), plain)[2];

  test("has a line for the session, a heading, and a line a task", () => {
    expect(renderStatus(status(task(), task({ name: "db", port: 5432 })), plain)).toEqual([
      "demo: 2 of 2 running",
      "TASK  STATE    UPTIME  PORT  RESTARTS  HEALTH",
      "web   running  1m5s    -     0         alive",
      "db    running  1m5s    5432  0         alive",
    ]);
  });

  test.each([
    [{ last_health: { ...sick(""), ok: true, reason: null } }, "ok"],
    [{ state: "starting", last_health: sick("exited with\nstatus 1") }, "exited with status 1"],
    [
      { state: "unhealthy", last_health: sick("exited with status 7") },
      "health check exited with status 7",
    ],
    [
      { state: "unhealthy", last_health: sick("ended by SIGKILL") },
      "health check ended by SIGKILL",
    ],
    [{ state: "starting" }, "waiting"],
    [{ state: "starting", pid: null }, "being launched"],
    [{ state: "stopping" }, "being stopped"],
    [{ state: "unhealthy", last_health: sick("no answer within 5 s") }, "no answer within 5 s"],
    [{ ...ENDED, state: "failed", exit_code: 7 }, "exit status 7"],
    [{ ...ENDED, state: "failed", exit_signal: "SIGKILL" }, "ended by SIGKILL"],
    [{ ...ENDED, state: "failed" }, "its process is gone"],
    [{ state: "failed", last_health: sick("no answer") }, "given up: no answer"],
    [{ state: "failed", last_health: { ...sick(""), ok: true, reason: null } }, "given up"],
    [{ ...ENDED, state: "exited", exit_code: 0 }, "exit status 0"],
    [{ ...ENDED, state: "stopped", want: "down", auto_start: false }, "auto_start is off"],
    [
      {
        ...ENDED,
        state: "stopped",
        refused: { reason: "no\ncwd", at: "2024-01-01T00:00:00.000Z" },
      },
      "not launched: no cwd",
    ],
  ] satisfies [Partial<TaskStatus>, string][])("of %j says '%s'", (changes, note) => {
    expect(row(changes)).toEndWith(`  ${note}`);
  });

  test("leaves the URLs out where HEALTH has no room beside them", () => {
    const web = task({ port: 5173, url: "http://localhost:5173/", state: "unhealthy" });
    const seen = status({ ...web, last_health: sick("no answer within 5 s") });
    const at = (width: number) => renderStatus(seen, { ...plain, width });
    expect(at(100)[1]).toMatch(/ PORT +URL +RESTARTS +HEALTH$/);
    expect(at(80).slice(1)).toEqual([
      "TASK  STATE      UPTIME  PORT  RESTARTS  HEALTH",
      "web   unhealthy  1m5s    5173  0         no answer within 5 s",
    ]);
  });

  test("of a session that isn't there says so", () => {
    const none = { ...status(task({ ...ENDED, state: "stopped" })), running: false };
    expect(renderStatus(none, plain)[0]).toBe("demo: not started");
  });

  test("of a config without tasks is one line", () => {
    expect(renderStatus(status(), plain)).toEqual(["demo: the config has no tasks"]);
  });

  test("tells who watches, and which log can't be written", () => {
    const seen = status(task({ log_error: "No space left" }));
    const lines = renderStatus({ ...seen, monitor: { pid: 7, kind: "daemon" } }, plain);
    expect(lines[0]).toContain("daemon");
    expect(lines[0]).toContain("7");
    expect(lines.at(-1)).toBe("log of web: No space left");
  });

  test("tells whose files are not watched, and why", () => {
    const watched = (state: "on" | "off" | "paused" | "failed", reason: string | null = null) =>
      task({ watch: { state, reason, until: reason && "2024-01-01T00:01:00.000Z" } });
    const lastOf = (one: TaskStatus, monitor: { pid: number; kind: string } | null) =>
      renderStatus({ ...status(one), monitor }, plain).at(-1);
    const daemon = { pid: 7, kind: "daemon" };
    expect(lastOf(watched("paused", "5 restarts"), daemon)).toMatch(
      /^watch of web is paused until \d{4}-\d\d-\d\d \d\d:\d\d:00.*: 5 restarts$/,
    );
    expect(lastOf(watched("failed", "E107: Too many"), daemon)).toBe(
      "watch of web: E107: Too many",
    );
    expect(lastOf(watched("off"), null)).toContain("only while a monitor runs");
    for (const quiet of [watched("on"), watched("off"), task()])
      expect(lastOf(quiet, daemon)).toStartWith("web ");
  });

  test("is never wider than the terminal", () => {
    const wide = task({
      name: "x".repeat(64),
      state: "unhealthy",
      last_health: sick("y".repeat(200)),
    });
    const lines = renderStatus(status(wide, task()), { width: 80, colour: true, now });
    for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80);
  });
});

test("health counts, and says why of each that is not healthy", () => {
  const rest = { state: "starting", method: "command" } as const;
  const tasks = [
    { ...rest, name: "web", healthy: true, reason: null },
    { ...rest, name: "api", healthy: false, reason: "exited with status 1" },
  ];
  expect(renderHealth({ healthy_count: 1, total_count: 2, tasks }, plain)).toEqual([
    "1 of 2 healthy",
    "ok  web  starting  command",
    "--  api  starting  command  health check exited with status 1",
  ]);
});

describe("start", () => {
  const all: StartAll = {
    ok: true,
    session: "demo",
    action: "started",
    tasks: [],
    already_running: [],
    skipped: [],
    failed: [],
    warnings: [],
  };

  test.each([
    [{ tasks: ["db", "web"] }, ["started db, web"]],
    [{ already_running: ["web"] }, ["already running: web"]],
    [{ skipped: [{ task: "web", reason: "no db" }] }, ["skipped web: no db"]],
    [
      { failed: [{ task: "web", error: "gone", error_code: "E215" }], ok: false },
      ["failed web: gone"],
    ],
    [
      {
        failed: [{ task: "web", error: "gone", error_code: "E215", errors: [ERROR] }],
        ok: false,
      },
      ["failed web: gone", "  RangeError: bad rate (api/a.js:2 run), 2 times"],
    ],
    [
      {
        failed: [{ task: "db", error: "it is gone", error_code: "E215" }],
        skipped: ["api", "job"].map((task) => ({ task, reason: "dependency 'db' is not ready" })),
        ok: false,
      },
      ["failed db: it is gone", "skipped api, job: dependency 'db' is not ready"],
    ],
    [{}, ["nothing to start"]],
  ] satisfies [Partial<StartAll>, string[]][])("of %j prints %j", (changes, lines) => {
    expect(renderStart({ ...all, ...changes }, plain)).toEqual(lines);
  });

  test("of one task names what was started before it", () => {
    const one = { ok: true, task: "web", warnings: [], dependencies: ["db"] };
    expect(renderStart({ ...one, action: "started" }, plain)).toEqual([
      "started db",
      "started web",
    ]);
    expect(renderStart({ ...one, action: "already_running" }, plain)).toEqual([
      "started db",
      "already running: web",
    ]);
  });
});

test("a restart of several tasks names each once, in how it was launched", () => {
  const one = { ok: true, warnings: [], action: "restarted" as const };
  const results = [
    { ...one, task: "a", dependencies: [], dependents: ["b"] },
    { ...one, task: "c", dependencies: ["db", "a", "b"] },
  ];
  expect(renderStart({ ok: true, results }, plain)).toEqual([
    "restarted a",
    "restarted b, which depends on it",
    "started db",
    "restarted c",
  ]);
});

describe("what is said on stderr", () => {
  const gone = { ok: false, task: "web", error: "gone" };
  test.each([
    ["of one task, whose failure no line tells", gone, "gone"],
    [
      "of several",
      { ok: false, error: "gone", results: [gone, { ok: true, task: "db" }] },
      "1 of 2 tasks failed",
    ],
  ])("%s", (_of, result, sentence) => expect(errorSentence(result)).toBe(sentence));

  test("of `wait`, whose lines say what is so, is what went wrong", () => {
    const waited = { ok: false, error: "gone", for: "healthy", log: null, elapsed_ms: 1 };
    const result = { ...waited, timed_out: false, results: [] };
    expect(errorSentence(result)).toBe("gone");
  });

  test("of all is how many are not up", () => {
    const failed = [{ task: "db", error: "gone", error_code: "E215" as const }];
    const all: StartAll = {
      ok: false,
      error: "gone",
      session: "demo",
      action: "started",
      tasks: ["job"],
      already_running: [],
      skipped: [{ task: "web", reason: "no db" }],
      failed,
      warnings: [],
    };
    expect(errorSentence(all)).toBe("2 of 3 tasks are not up");
    expect(errorSentence({ ...all, skipped: [] })).toBe("1 of 2 tasks is not up");
  });
});

test("stop names what was needed in addition to C-c", () => {
  const one = { ok: true, task: "web", warnings: [] };
  const of = (signal: "SIGINT" | "SIGKILL") =>
    renderStop({ ...one, action: "stopped", signal }, plain);
  expect(of("SIGINT")).toEqual(["stopped web"]);
  expect(of("SIGKILL")).toEqual(["stopped web (it took SIGKILL)"]);
  expect(renderStop({ ...one, action: "already_stopped", signal: null }, plain)).toEqual([
    "already stopped: web",
  ]);
  const all = { ok: true, session: "demo", action: "stopped" as const, warnings: [] };
  expect(renderStop({ ...all, tasks: ["web", "db"] }, plain)).toEqual(["stopped web, db"]);
  expect(renderStop({ ...all, tasks: [] }, plain)).toEqual(["nothing was running"]);
});

test("kill tells of each task", () => {
  const results = [
    { ok: true, task: "web", action: "killed" as const },
    { ok: true, task: "db", action: "already_stopped" as const },
  ];
  expect(renderKill({ ok: true, results }, plain)).toEqual(["killed web", "already stopped: db"]);
});

test("check prints a place and a code a line, with the hint below", () => {
  const error = { code: "E103", message: "Unknown key 'prot'", column: 1, hint: "port?" } as const;
  const errors = [
    { ...error, line: 4 },
    { ...error, line: null, hint: null },
  ];
  const result = { ok: false, config_path: "/p/taskmux.toml", errors, warnings: [] };
  expect(renderCheck(result, plain)).toEqual([
    "/p/taskmux.toml:4:1: E103 Unknown key 'prot'",
    "  port?",
    "/p/taskmux.toml: E103 Unknown key 'prot'",
  ]);
  expect(renderCheck({ ...result, ok: true, errors: [] }, plain)).toEqual(["/p/taskmux.toml: ok"]);
});
