import { expect, test } from "bun:test";
import { mustHandOver } from "../../../src/adapters/processes/hand-over.ts";
import { RunState } from "../../../src/adapters/state/run-state.ts";
import type { Project } from "../../../src/domain/config/config.ts";

const PROJECT = { session: "demo" } as Project;

const inTask = (session = "demo") => ({
  TASKMUX_RUN: `${new RunState(session).scope}.1.2.3`,
  TASKMUX_TASK: "web",
});

test.each([
  ["in the named task", inTask(), ["web"], true],
  ["in a task, all being meant", inTask(), [], true],
  ["in another task", inTask(), ["api"], false],
  ["in a task of another session", inTask("other"), [], false],
  ["outside of all tasks", {}, [], false],
  [
    "in the named task, but handed over already",
    { ...inTask(), TASKMUX_HANDED_OVER: "1" },
    ["web"],
    false,
  ],
])("hands over %s: %o %o", (_where, environment, names, expected) => {
  expect(mustHandOver(PROJECT, names, environment)).toBe(expected);
});
