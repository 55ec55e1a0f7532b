import { expect, test } from "bun:test";
import { renderInit } from "../../../src/cli/render/init.ts";
import type { Initiation } from "../../../src/domain/results/init.ts";

const RESULT: Initiation = {
  ok: true,
  session: "shop",
  config_path: "/p/shop/taskmux.toml",
  action: "created",
  tasks: ["web", "db"],
  agents: [
    { agent: "claude", file: "/p/shop/CLAUDE.md", action: "updated" },
    { agent: "codex", file: "/p/shop/AGENTS.md", action: "created" },
    { agent: "opencode", file: "/p/shop/AGENTS.md", action: "created" },
  ],
  warnings: [],
};

test("init says what it made and of what, a line a file, and what to do next", () => {
  expect(renderInit(RESULT, "/p/shop")).toEqual([
    "created taskmux.toml: session shop, tasks web, db",
    "updated CLAUDE.md: claude",
    "created AGENTS.md: codex, opencode",
    "next: taskmux start",
  ]);
});

test("a config elsewhere is named by its whole path, and one without tasks is not for starting", () => {
  const empty: Initiation = { ...RESULT, action: "exists", tasks: [], agents: [] };
  expect(renderInit(empty, "/elsewhere")).toEqual([
    "/p/shop/taskmux.toml exists: session shop, no tasks",
  ]);
});
