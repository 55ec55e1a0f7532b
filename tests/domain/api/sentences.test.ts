import { expect, test } from "bun:test";
import { actionMessage, countMessage } from "../../../src/domain/api/sentences.ts";

const ALL = { ok: true, session: "demo", skipped: [], failed: [], warnings: [] };
const ONE = { ok: true, task: "web", warnings: [], dependencies: [] };

const ROWS: [message: string, result: Parameters<typeof actionMessage>[0]][] = [
  ["Started: a, b", { ...ALL, action: "started", tasks: ["a", "b"], already_running: [] }],
  [
    "All tasks were already running",
    { ...ALL, action: "started", tasks: [], already_running: ["a"] },
  ],
  ["Nothing to start", { ...ALL, action: "restarted", tasks: [], already_running: [] }],
  ["Stopped: a", { ...ALL, action: "stopped", tasks: ["a"] }],
  ["No tasks were running", { ...ALL, action: "stopped", tasks: [] }],
  ["Task 'web' restarted", { ...ONE, action: "restarted" }],
  ["Task 'web' was already running", { ...ONE, action: "already_running" }],
  ["Task 'web' was not running", { ok: true, task: "web", action: "already_stopped" }],
  [
    "Task 'web' killed, Task 'api' was not running",
    {
      ok: true,
      results: [
        { ok: true, task: "web", action: "killed" },
        { ok: true, task: "api", action: "already_stopped" },
      ],
    },
  ],
];

test.each(ROWS)("%s", (message, result) => expect(actionMessage(result)).toBe(message));

test("counts", () => {
  expect([0, 1, 2].map((count) => countMessage(count, "line"))).toEqual([
    "0 lines",
    "1 line",
    "2 lines",
  ]);
});
