import { expect, test } from "bun:test";
import type { Context } from "../../../src/app/context.ts";
import { relaunch } from "../../../src/app/monitor/relaunch.ts";
import type { SessionView } from "../../../src/app/tasks/session-view.ts";
import type { Task } from "../../../src/domain/config/config.ts";
import { Failure } from "../../../src/domain/failure.ts";
import type { TaskMemory } from "../../../src/adapters/state/records.ts";

const TASK = { name: "web", oneshot: false, ready_log: null } as Task;
const SUPERVISION = { count: 1, last: 0, phase: "up", failures: 0, healthySince: null } as const;
const reached = new Failure("E602", "the session was asked for");

/** What is on record by the time that the lock is this process's: others may have had it before. */
function relaunchOn(memory: Pick<TaskMemory, "want" | "run">) {
  const process = { kind: "alive", pid: 7, startTime: "1" };
  const files = {
    readRun: () => ({ memory: { stoppedRun: null, ...memory }, process }),
    supervision: () => null,
    act: () => null,
  };
  const state = { task: () => files };
  const lock = { hold: (act: () => unknown) => act() };
  const ctx = { state, lock, monitor: () => null, now: () => 0 } as unknown as Context;
  const view = { look: async () => reached } as unknown as SessionView;
  return relaunch(
    ctx,
    view,
    { ...TASK, health_check: null, health_url: null, health_tcp: null },
    "a",
    SUPERVISION,
    { onRestart: () => {} },
  );
}

test("the launch that is to be replaced is", async () => {
  expect(await relaunchOn({ want: "up", run: "a" })).toBe(reached);
});

test.each([
  ["another command has launched it again", { want: "up", run: "b" }],
  ["another command has stopped it", { want: "down", run: "a" }],
] as const)("nothing is done where %s before the lock was ours", async (_, memory) => {
  expect(await relaunchOn(memory)).toBeNull();
});
