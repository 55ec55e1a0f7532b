import { describe, expect, test } from "bun:test";
import type { End } from "../../../src/domain/tasks/lifecycle.ts";
import {
  judgeWait,
  type WaitFacts,
  type WaitCondition,
} from "../../../src/domain/diagnosis/wait.ts";

const CRASH: End = { kind: "exit", status: 3, at: 0 };
const ALIVE = { process: { kind: "alive", pid: 7, startTime: "1" } } as const;
const CRASHED = { process: { kind: "ended", end: CRASH }, ended: CRASH } as const;

/** A wanted task of which nothing is known yet. */
const FACTS: WaitFacts = {
  want: "up",
  process: { kind: "none" },
  wasStopped: false,
  isStopping: false,
  gaveUp: false,
  willRestart: false,
  isHealthy: false,
  ended: null,
  line: null,
  isRead: true,
  obstacle: "db is slow",
};

type Case = [what: string, seen: Partial<WaitFacts>, verdict: string];

const cases: Record<"healthy" | "exited" | "stopped", Case[]> = {
  healthy: [
    ["never started", { want: "down" }, "lost E202: was not started"],
    ["announced", {}, "waits: has not been launched: db is slow"],
    ["being launched", { process: { kind: "pending" } }, "waits: is not healthy: db is slow"],
    ["starting", ALIVE, "waits: is not healthy: db is slow"],
    ["healthy", { ...ALIVE, isHealthy: true }, "holds: is healthy"],
    ["being stopped", { ...ALIVE, isHealthy: true, want: "down" }, "lost E202: is being stopped"],
    ["stopped", { ...CRASHED, ended: null, want: "down" }, "lost E202: is stopped"],
    ["a job that is done", { ...CRASHED, isHealthy: true }, "holds: is healthy"],
    ["crashed", CRASHED, "lost E215: exited with status 3"],
    [
      "given up",
      { ...CRASHED, gaveUp: true },
      "lost E215: exited with status 3, and its monitor has given it up",
    ],
    [
      "given up while it lives",
      { ...ALIVE, gaveUp: true },
      "lost E215: is not healthy, and its monitor has given it up",
    ],
    [
      "restarted by its monitor",
      { ...CRASHED, willRestart: true },
      "waits: exited with status 3, and is about to be launched again",
    ],
    [
      "restarted by a user",
      { ...CRASHED, ended: null, wasStopped: true },
      "waits: exited with status 3, and is about to be launched again",
    ],
  ],
  exited: [
    ["never started", { want: "down" }, "lost E202: was not started"],
    ["announced", {}, "waits: has not been launched: db is slow"],
    ["alive", { ...ALIVE, isHealthy: true }, "waits: has not exited"],
    ["crashed", CRASHED, "holds: exited with status 3"],
    ["launched again since", { ...ALIVE, ended: CRASH }, "holds: exited with status 3"],
    ["being stopped", { ...ALIVE, want: "down" }, "lost E202: is being stopped"],
    ["stopped", { ...CRASHED, ended: null, want: "down" }, "lost E202: is stopped"],
    [
      "restarted by a user",
      { ...CRASHED, ended: null, wasStopped: true },
      "waits: exited with status 3, and is about to be launched again",
    ],
  ],
  stopped: [
    ["never started", { want: "down" }, "holds: is stopped"],
    ["announced", {}, "waits: is wanted"],
    ["alive", ALIVE, "waits: runs"],
    ["being stopped", { ...ALIVE, want: "down" }, "waits: is being stopped"],
    ["stopped", { ...CRASHED, want: "down" }, "holds: is stopped"],
    [
      "its command has ended, and others of its processes are being ended",
      { ...CRASHED, want: "down", isStopping: true },
      "waits: is being stopped",
    ],
    ["restarted by its monitor", { ...CRASHED, willRestart: true }, "waits: is wanted"],
    ["crashed", CRASHED, "lost E202: exited with status 3: nothing is left of it to stop"],
  ],
};

const judged = (condition: WaitCondition, seen: Partial<WaitFacts>): string => {
  const verdict = judgeWait(condition, { ...FACTS, ...seen });
  return `${verdict.kind}${verdict.kind === "lost" ? ` ${verdict.code}` : ""}: ${verdict.reason}`;
};

for (const goal of ["healthy", "exited", "stopped"] as const) {
  test.each(cases[goal])(`--for ${goal}, a task that is: %s`, (_, seen, verdict) => {
    expect(judged({ goal, log: null }, seen)).toBe(verdict);
  });
}

describe("--log", () => {
  test.each<Case>([
    ["that was printed", { ...ALIVE, line: "Listening" }, "holds: printed: Listening"],
    ["that wasn't", ALIVE, "waits: has printed no line that matches 'L'"],
    ["of a crash", { ...CRASHED, line: "Listening" }, "holds: printed: Listening"],
    [
      "not yet logged",
      { ...CRASHED, isRead: false },
      "waits: has printed no line that matches 'L'",
    ],
    ["that a crash never printed", CRASHED, "lost E215: exited with status 3"],
    [
      "while it is stopped",
      { ...ALIVE, want: "down" },
      "waits: has printed no line that matches 'L'",
    ],
    ["of a stopped task", { ...CRASHED, want: "down" }, "lost E202: is stopped"],
    ["before a launch", {}, "waits: has not been launched: db is slow"],
    ["of a task never started", { want: "down" }, "lost E202: was not started"],
  ])("a line %s", (_, seen, verdict) => {
    expect(judged({ goal: null, log: "L" }, seen)).toBe(verdict);
  });

  test.each<Case>([
    ["neither", ALIVE, "waits: is not healthy: db is slow"],
    ["the line alone", { ...ALIVE, line: "Listening" }, "waits: is not healthy: db is slow"],
    ["health alone", { ...ALIVE, isHealthy: true }, "waits: has printed no line that matches 'L'"],
    [
      "both",
      { ...ALIVE, isHealthy: true, line: "Listening" },
      "holds: is healthy, printed: Listening",
    ],
    ["the line of a crash", { ...CRASHED, line: "Listening" }, "lost E215: exited with status 3"],
  ])("and --for healthy, where there is %s", (_, seen, verdict) => {
    expect(judged({ goal: "healthy", log: "L" }, seen)).toBe(verdict);
  });
});
