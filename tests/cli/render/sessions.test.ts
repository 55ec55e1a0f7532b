import { expect, test } from "bun:test";
import { renderPrune, renderPs, tilde } from "../../../src/cli/render/sessions.ts";
import type { ListedSession, Prune } from "../../../src/domain/results/sessions.ts";

const VIEW = { width: 80, colour: false, now: Date.parse("2024-01-01T12:00:00Z") };

const session = (more: Partial<ListedSession>): ListedSession => ({
  session: "shop",
  running: true,
  config_path: "/home/me/shop/taskmux.toml",
  gone: null,
  worktree: null,
  active_tasks: 1,
  wanted_tasks: 2,
  ports: [],
  monitor: null,
  started_at: "2024-01-01T10:00:00Z",
  problem: null,
  hint: null,
  ...more,
});

test.each([
  [{}, "shop 1/2 2h - - ~/shop"],
  [{ active_tasks: 2, wanted_tasks: 1 }, "shop 2/2 2h - - ~/shop"],
  [{ config_path: "/home/me/shop/other.toml" }, "shop 1/2 2h - - ~/shop/other.toml"],
  [{ config_path: null, started_at: null }, "shop 1/2 - - - -"],
  [{ running: false, active_tasks: 0, wanted_tasks: 0 }, "shop - 2h - - ~/shop"],
  [
    {
      ports: [
        { task: "a", port: 1 },
        { task: "b", port: 2 },
      ],
      monitor: { pid: 1, kind: "daemon" },
    },
    "shop 1/2 2h 1,2 daemon ~/shop",
  ],
  [{ gone: "config", hint: "taskmux prune" }, "shop* 1/2 2h - - ~/shop"],
  [{ problem: "Can't read x", started_at: null }, "shop* ? - - - ~/shop"],
] as [Partial<ListedSession>, string][])("a session with %j has the row %s", (more, row) => {
  const lines = renderPs({ sessions: [session(more)], warnings: [] }, "/home/me", VIEW);
  expect(lines[1]!.replaceAll(/ +/g, " ")).toBe(row);
  expect(lines).toHaveLength(row.includes("*") ? 3 : 2);
});

test("no line is wider than the terminal, however long the path", () => {
  const long = session({ config_path: `/${"x".repeat(200)}/taskmux.toml` });
  for (const line of renderPs({ sessions: [long], warnings: [] }, null, VIEW))
    expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80);
});

test.each([
  ["/home/me", "~"],
  ["/home/me/a", "~/a"],
  ["/home/meow", "/home/meow"],
  ["/a", "/a"],
])("%s is shown as %s", (path, shown) => expect(tilde(path, "/home/me")).toBe(shown));

const RESULT: Prune = {
  ok: true,
  applied: true,
  bytes: 3072,
  warnings: [],
  items: [
    {
      session: "a",
      kind: "run",
      path: "/h/run/a",
      files: 3,
      bytes: 2048,
      reason: "x is gone",
      deleted: true,
    },
    {
      session: "a",
      kind: "logs",
      path: "/h/logs/a",
      files: 2,
      bytes: 1024,
      reason: "x is gone",
      deleted: false,
    },
  ],
};

test("the sum of what was deleted leaves out the rest", () => {
  expect(renderPrune(RESULT, null, VIEW)).toEqual([
    "2.0 KiB  /h/run/a   x is gone",
    "1.0 KiB  /h/logs/a  2 old logs, x is gone",
    "deleted 2.0 KiB in 1 directory",
  ]);
  expect(renderPrune({ ...RESULT, applied: false }, null, VIEW).at(-1)).toBe(
    "3.0 KiB in 2 directories; to delete it, add --apply",
  );
});
