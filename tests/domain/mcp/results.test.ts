import { expect, test } from "bun:test";
import type { LogRow } from "../../../src/domain/logs/context.ts";
import { briefOf, leanErrors } from "../../../src/domain/mcp/brief.ts";
import { logText } from "../../../src/domain/mcp/log-text.ts";
import { readCall } from "../../../src/domain/mcp/request.ts";
import { bounded, MOST_RESULT } from "../../../src/domain/mcp/size.ts";
import { TOOLS, type ToolName } from "../../../src/domain/mcp/tools.ts";
import { statusItem } from "../../helpers/status-item.ts";

const row = (text: string, second = 0): LogRow => ({
  task: "api",
  stamp: `2026-01-02T03:04:${String(second).padStart(2, "0")}.123`,
  text,
  gap: false,
});

test("lines are one text with the time of day, and the task if there are several", () => {
  const rows = [row("one", 1), row("\u001b[31mtwo\u001b[0m", 2)];
  expect(logText(rows, false, 0)).toEqual({
    text: "03:04:01 one\n03:04:02 two",
    left_out: 0,
    cut: 0,
  });
  expect(logText(rows, true, 0).text).toBe("api 03:04:01 one\napi 03:04:02 two");
  expect(logText([], true, 0)).toEqual({ text: "", left_out: 0, cut: 0 });
});

test("a long line is cut, and of many the oldest are left out", () => {
  const { text, cut } = logText([row("x".repeat(5000))], false, 0);
  expect(cut).toBe(1);
  expect(text.length).toBe("03:04:00 ".length + 2000);
  const many = logText(
    Array.from({ length: 1000 }, (_, i) => row(`line ${i} ${'"'.repeat(50)}`)),
    true,
    0,
  );
  expect(many.text).toEndWith(`line 999 ${'"'.repeat(50)}`);
  expect(many.left_out).toBeGreaterThan(500);
  expect(JSON.stringify(many).length).toBeLessThan(MOST_RESULT);
});

test("no result is too long, whatever is in it", () => {
  const small = { a: "x", list: [1, 2] };
  expect(bounded(small)).toBe(small);
  const tasks = Array.from({ length: 5000 }, (_, i) => ({
    name: `t${i}`,
    reason: "y".repeat(3000),
  }));
  const cursor = "c".repeat(2000);
  const limited = bounded({ session: "s", tasks, cursor });
  expect(limited.cursor).toBe(cursor);
  expect(JSON.stringify(limited).length).toBeLessThanOrEqual(MOST_RESULT);
  expect(limited.tasks[0]).toMatchObject({ name: "t0" });
});

test("a task has only the keys that say something", () => {
  const nothing = { url: null, port: null, pid: null, stale: [], restarts: 0, refused: null };
  const item = statusItem({
    ...nothing,
    name: "api",
    state: "stopped",
    healthy: false,
    want: "up",
  });
  expect(briefOf(item)).toEqual({ name: "api", state: "stopped", healthy: false });
  const running = statusItem({ ...nothing, name: "api", state: "running", healthy: true, pid: 7 });
  const more = { ...running, url: "http://localhost:1/", port: 1, stale: ["config" as const] };
  expect(briefOf({ ...more, restarts: 2 }, "ann")).toEqual({
    name: "api",
    state: "running",
    healthy: true,
    url: "http://localhost:1/",
    pid: 7,
    stale: ["config"],
    restarts: 2,
    by: "ann",
  });
});

test("the newest groups of errors are shown, without fingerprints", () => {
  const group = { text: "E", frames: [], count: 1, first_at: "a", last_at: "b", fingerprint: "f" };
  expect(leanErrors([])).toBeUndefined();
  expect(leanErrors(Array.from({ length: 5 }, () => group))).toEqual(
    Array.from({ length: 3 }, () => ({ text: "E", frames: [], count: 1, last_at: "b" })),
  );
});

test.each<[ToolName, unknown, string]>([
  ["status", { x: 1 }, "status has no argument 'x'"],
  ["status", [], "The arguments of status are no object"],
  ["restart", {}, "restart needs the argument 'tasks'"],
  ["restart", { tasks: [] }, "restart: 'tasks' must be a list that isn't empty, each a text"],
  ["restart", { tasks: [1] }, "restart: 'tasks.0' must be a text"],
  ["stop", { all: false }, "stop: 'all' must be true"],
  ["logs", { lines: 0 }, "logs: 'lines' must be a whole number from 1 to 1000"],
  ["start", { timeout_s: "9" }, "start: 'timeout_s' must be a number from 0"],
  ["run", { name: "x", command: "y", port: true }, "run: 'port' must be a whole number or a text"],
  ["run", { name: "x", command: "y", env: [] }, "run: 'env' must be an object of texts"],
])("%s with %p: %s", (name, args, message) => {
  const tool = TOOLS.find((one) => one.name === name)!;
  expect(readCall(tool, args)).toMatchObject({ code: "E500", message });
});
