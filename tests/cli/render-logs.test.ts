import { expect, test } from "bun:test";
import { type LogStyle, renderLogs } from "../../src/cli/render-logs.ts";
import type { LogRow } from "../../src/domain/log-context.ts";

const row = (task: string, text: string, gap = false): LogRow => ({
  task,
  stamp: "2024-01-01T14:00:00.123",
  text,
  gap,
});
const plain: LogStyle = { colour: false, raw: false, tasks: ["web", "api"] };

test.each([
  [
    "each line has its task and its time",
    plain,
    ["[web] 2024-01-01T14:00:00.123 a", "[api] 2024-01-01T14:00:00.123 b"],
  ],
  [
    "one task has no label",
    { ...plain, tasks: null },
    ["2024-01-01T14:00:00.123 a", "2024-01-01T14:00:00.123 b"],
  ],
  ["--raw leaves out the time", { ...plain, raw: true }, ["[web] a", "[api] b"]],
  [
    "a task has its colour",
    { ...plain, raw: true, colour: true },
    ["\x1b[36m[web]\x1b[0m a", "\x1b[33m[api]\x1b[0m b"],
  ],
] as [string, LogStyle, string[]][])("%s", (_what, style, lines) => {
  expect([...renderLogs([row("web", "a"), row("api", "b")], style)]).toEqual(lines);
});

test("lines that were left out are a line of two dashes", () => {
  expect([
    ...renderLogs([row("web", "a"), row("web", "b", true)], { ...plain, raw: true }),
  ]).toEqual(["[web] a", "--", "[web] b"]);
});

test("colours of the text are kept or taken out, and never run on", () => {
  const rows = [
    row("web", "\x1b[31mred"),
    row("web", "\x1b[31mred\x1b[0m"),
    row("web", "\x1b[31mred\x1b[m"),
  ];
  const style = { ...plain, raw: true, tasks: null };
  expect([...renderLogs(rows, style)]).toEqual(["red", "red", "red"]);
  expect([...renderLogs(rows, { ...style, colour: true })]).toEqual([
    "\x1b[31mred\x1b[0m",
    "\x1b[31mred\x1b[0m",
    "\x1b[31mred\x1b[m",
  ]);
});

test("a long line is one line", () => {
  expect([
    ...renderLogs([row("web", "x".repeat(500))], { ...plain, raw: true, tasks: null }),
  ]).toEqual(["x".repeat(500)]);
});
