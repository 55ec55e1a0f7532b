import { expect, test } from "bun:test";
import { logRenderer, type LogStyle, sizeOfRow } from "../../../src/cli/render/logs.ts";
import type { LogRow } from "../../../src/domain/logs/context.ts";

const row = (task: string, text: string, gap = false): LogRow => ({
  task,
  stamp: new Date(2024, 0, 1, 14, 0, 0, 123).toISOString().slice(0, 23),
  text,
  gap,
});
const PLAIN: LogStyle = { colour: false, raw: false, clock: false, tasks: ["web", "api"] };
const NOW = new Date(2024, 0, 1, 20).getTime();

const renderLogs = (rows: readonly LogRow[], style: LogStyle) => logRenderer(style, NOW)(rows);

test.each([
  [
    "each line has its task and its time",
    PLAIN,
    ["[web] 2024-01-01T14:00:00.123 a", "[api] 2024-01-01T14:00:00.123 b"],
  ],
  [
    "one task has no label",
    { ...PLAIN, tasks: null },
    ["2024-01-01T14:00:00.123 a", "2024-01-01T14:00:00.123 b"],
  ],
  ["--raw leaves out the time", { ...PLAIN, raw: true }, ["[web] a", "[api] b"]],
  [
    "a task has its colour",
    { ...PLAIN, raw: true, colour: true },
    ["\x1b[36m[web]\x1b[0m a", "\x1b[33m[api]\x1b[0m b"],
  ],
] as [string, LogStyle, string[]][])("%s", (_what, style, lines) => {
  expect([...renderLogs([row("web", "a"), row("api", "b")], style)]).toEqual(lines);
});

test("lines that were left out are a line of two dashes", () => {
  expect([
    ...renderLogs([row("web", "a"), row("web", "b", true)], { ...PLAIN, raw: true }),
  ]).toEqual(["[web] a", "--", "[web] b"]);
});

test("colours of the text are kept or taken out, and never run on", () => {
  const rows = [
    row("web", "\x1b[31mred"),
    row("web", "\x1b[31mred\x1b[0m"),
    row("web", "\x1b[31mred\x1b[m"),
  ];
  const style = { ...PLAIN, raw: true, tasks: null };
  expect([...renderLogs(rows, style)]).toEqual(["red", "red", "red"]);
  expect([...renderLogs(rows, { ...style, colour: true })]).toEqual([
    "\x1b[31mred\x1b[0m",
    "\x1b[31mred\x1b[0m",
    "\x1b[31mred\x1b[m",
  ]);
});

test("a long line is one line", () => {
  expect([
    ...renderLogs([row("web", "x".repeat(500))], { ...PLAIN, raw: true, tasks: null }),
  ]).toEqual(["x".repeat(500)]);
});

const CLOCK: LogStyle = { ...PLAIN, clock: true, tasks: null };

/** A line at a local time of January 2024. */
const at = (day: number, hour: number, text: string): LogRow => ({
  ...row("web", text),
  stamp: new Date(2024, 0, day, hour, 5, 9, 999).toISOString().slice(0, 23),
});

const DAYS: [what: string, style: Partial<LogStyle>, rows: LogRow[], lines: string[]][] = [
  ["today's lines need no date", {}, [at(1, 9, "a"), at(1, 10, "b")], ["09:05:09 a", "10:05:09 b"]],
  [
    "lines of another day have its date before them",
    {},
    [at(-1, 9, "a"), at(-1, 10, "b")],
    ["-- 2023-12-30 --", "09:05:09 a", "10:05:09 b"],
  ],
  [
    "midnight has a line",
    {},
    [at(0, 23, "a"), at(1, 0, "b"), at(1, 1, "c")],
    ["-- 2023-12-31 --", "23:05:09 a", "-- 2024-01-01 --", "00:05:09 b", "01:05:09 c"],
  ],
  [
    "and so has a clock that was set back over it",
    {},
    [at(1, 0, "a"), at(0, 23, "b")],
    ["00:05:09 a", "-- 2023-12-31 --", "23:05:09 b"],
  ],
  [
    "labels and marks of left-out lines stay",
    { tasks: ["web"] },
    [at(1, 9, "a"), { ...at(2, 9, "b"), gap: true }],
    ["[web] 09:05:09 a", "--", "-- 2024-01-02 --", "[web] 09:05:09 b"],
  ],
  [
    "the time and the date are dim",
    { colour: true },
    [at(2, 9, "a")],
    ["\x1b[2m-- 2024-01-02 --\x1b[22m", "\x1b[2m09:05:09\x1b[22m a"],
  ],
  ["--raw has neither", { raw: true }, [at(2, 9, "a")], ["a"]],
  ["what is no time stays", {}, [{ ...row("web", "a"), stamp: "?" }], ["? a"]],
];

test.each(DAYS)("by the clock, %s", (_, style, rows, lines) => {
  expect([...renderLogs(rows, { ...CLOCK, ...style })]).toEqual(lines);
});

test("the day goes on from one part of a stream to the next", () => {
  const render = logRenderer(CLOCK, NOW);
  expect([...render([at(2, 9, "a")])]).toEqual(["-- 2024-01-02 --", "09:05:09 a"]);
  expect([...render([at(2, 10, "b")])]).toEqual(["10:05:09 b"]);
  expect([...render([at(3, 0, "c")])]).toEqual(["-- 2024-01-03 --", "00:05:09 c"]);
});

test.each([
  [PLAIN, row("web", "ü"), "[web] 2024-01-01T14:00:00.123 ü\n"],
  [CLOCK, at(2, 9, "a"), "09:05:09 a\n"],
  [{ ...PLAIN, raw: true, tasks: null }, row("web", "a", true), "--\na\n"],
])("a row's size is that of its text", (style, one, text) => {
  expect(sizeOfRow(one, style)).toBe(Buffer.byteLength(text));
});
