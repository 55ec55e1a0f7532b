import { expect, test } from "bun:test";
import { renderTop, topFrame, topKeysIn } from "../../../src/cli/render/top.ts";
import type { TaskUsage, Top } from "../../../src/domain/results/top.ts";

const VIEW = { width: 80, colour: false, now: Date.parse("2024-01-01T12:00:00Z") };

const usage = (more: Partial<TaskUsage>): TaskUsage => ({
  name: "web",
  state: "running",
  cpu_percent: 12.34,
  cpu_seconds: 3,
  memory_bytes: 200 * 1024 ** 2,
  processes: 3,
  threads: 14,
  ports: [3000],
  started_at: "2024-01-01T11:58:57Z",
  ...more,
});

const topOf = (...tasks: TaskUsage[]): Top => ({
  session: "shop",
  at: "2024-01-01T12:00:00Z",
  tasks,
  total: {
    cpu_percent: 12.3,
    cpu_seconds: 3,
    memory_bytes: 200 * 1024 ** 2,
    processes: 3,
    threads: 14,
  },
});

const NONE = usage({ state: "stopped", processes: 0, ports: [], started_at: null });

test.each([
  [usage({}), "web running 12.3 200 MiB 3 14 1m3s 3000"],
  [usage({ cpu_percent: null, threads: null }), "web running - 200 MiB 3 - 1m3s 3000"],
  [usage({ ports: [], started_at: null }), "web running 12.3 200 MiB 3 14 - -"],
  [usage({ ports: [80, 443] }), "web running 12.3 200 MiB 3 14 1m3s 80,443"],
  [usage({ cpu_percent: 0, memory_bytes: 0 }), "web running 0.0 0 bytes 3 14 1m3s 3000"],
  [NONE, "web stopped - - - - - -"],
])("%j has the row %s", (task, row) => {
  const lines = renderTop(topOf(task), VIEW);
  expect(lines).toHaveLength(3);
  expect(lines[1]!.split(/ +/).join(" ")).toBe("TASK STATE CPU% MEMORY PROCS THREADS UPTIME PORTS");
  expect(lines[2]!.replaceAll(/ +/g, " ")).toBe(row);
});

test("the first line has the sums", () => {
  const first = (top: Top) => renderTop(top, VIEW)[0];
  expect(first(topOf(usage({}), NONE))).toBe(
    "shop: 1 of 2 running, CPU 12.3%, memory 200 MiB, 3 processes",
  );
  const top = topOf(usage({}));
  expect(first({ ...top, total: { ...top.total, cpu_percent: null, processes: 1 } })).toBe(
    "shop: 1 of 1 running, memory 200 MiB, 1 process",
  );
  expect(first(topOf())).toBe("shop: the config has no tasks");
});

test("columns stay where they are while numbers change", () => {
  const headings = [
    topOf(usage({ cpu_percent: 0, memory_bytes: 1 })),
    topOf(usage({ cpu_percent: 1234.5, memory_bytes: 1023 * 1024 ** 2, started_at: null })),
    topOf(usage({ state: "unhealthy", processes: 99_999, threads: 9_999_999 })),
  ].map((top) => renderTop(top, VIEW)[1]);
  expect(new Set(headings).size).toBe(1);
});

const LONG = usage({ name: "a-task-with-a-name-of-more-than-forty-letters", ports: [1, 2, 3] });
const MANY = topOf(LONG, ...Array.from({ length: 40 }, () => usage({})));

test.each([
  [80, 24],
  [60, 6],
  [200, 50],
  [20, 3],
  [5, 2],
  [80, 1],
])("a frame of %d columns fits into %d rows, coloured or not", (width, rows) => {
  for (const colour of [false, true]) {
    const lines = topFrame({ top: MANY, order: null }, { ...VIEW, width, colour }, rows);
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(width);
  }
});

test("at 80 columns no number is cut, however long a name", () => {
  const [, , row = ""] = renderTop(topOf(LONG), VIEW);
  expect(row).toMatch(/^a-task-with-\S*… +running +12\.3 +200 MiB +3 +14 +1m3s +1,2,3$/);
});

test("the last line of a frame names the keys, and the order", () => {
  const last = (order: "cpu" | "memory" | null) => topFrame({ top: MANY, order }, VIEW, 10).at(-1);
  expect(last(null)).toBe("q leaves; sorted by: c CPU, m memory, n name");
  expect(last("memory")).toBe("q leaves; sorted by: c CPU, m memory*, n name");
  expect(topFrame({ top: MANY, order: null }, VIEW, 10)).toContain("... and 35 more");
});

test.each([
  ["cmn", ["cpu", "memory", "name"]],
  ["q\u0003\u001a", ["leave", "interrupt", "suspend"]],
  ["x\u001b[Aconstructor", ["cpu", "name", "cpu"]],
] as const)("the keys in %j are %j", (typed, keys) => {
  expect(topKeysIn(typed)).toEqual([...keys]);
});
