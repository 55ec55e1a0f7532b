import { expect, test } from "bun:test";
import { actionMessage, countMessage } from "../../src/domain/api-message.ts";

const all = { ok: true, session: "demo", skipped: [], failed: [], warnings: [] };
const one = { ok: true, task: "web", warnings: [], dependencies: [] };

const rows: [message: string, result: Parameters<typeof actionMessage>[0]][] = [
  ["Started: a, b", { ...all, action: "started", tasks: ["a", "b"], already_running: [] }],
  ["All were running already", { ...all, action: "started", tasks: [], already_running: ["a"] }],
  ["Nothing to start", { ...all, action: "restarted", tasks: [], already_running: [] }],
  ["Stopped: a", { ...all, action: "stopped", tasks: ["a"] }],
  ["Nothing was running", { ...all, action: "stopped", tasks: [] }],
  ["Task 'web' restarted", { ...one, action: "restarted" }],
  ["Task 'web' was running already", { ...one, action: "already_running" }],
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

test.each(rows)("%s", (message, result) => expect(actionMessage(result)).toBe(message));

test("counts", () => {
  expect([0, 1, 2].map((count) => countMessage(count, "line"))).toEqual([
    "0 lines",
    "1 line",
    "2 lines",
  ]);
});
