import { describe, expect, test } from "bun:test";
import type { End } from "../../src/domain/lifecycle.ts";
import { judgeWait, type WaitFacts, type Wish } from "../../src/domain/waiting.ts";

const crash: End = { kind: "exit", status: 3, at: 0 };
const alive = { process: { kind: "alive", pid: 7, startTime: "1" } } as const;
const crashed = { process: { kind: "ended", end: crash }, ended: crash } as const;

/** A wanted task of which nothing is known yet. */
const facts: WaitFacts = {
  want: "up",
  process: { kind: "none" },
  wasStopped: false,
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
    ["starting", alive, "waits: is not healthy: db is slow"],
    ["healthy", { ...alive, isHealthy: true }, "holds: is healthy"],
    ["being stopped", { ...alive, isHealthy: true, want: "down" }, "lost E202: is being stopped"],
    ["stopped", { ...crashed, ended: null, want: "down" }, "lost E202: is stopped"],
    ["a job that is done", { ...crashed, isHealthy: true }, "holds: is healthy"],
    ["crashed", crashed, "lost E215: exited with status 3"],
    [
      "given up",
      { ...crashed, gaveUp: true },
      "lost E215: exited with status 3, and its monitor has given it up",
    ],
    [
      "restarted by its monitor",
      { ...crashed, willRestart: true },
      "waits: exited with status 3, and is about to be launched again",
    ],
    [
      "restarted by a user",
      { ...crashed, ended: null, wasStopped: true },
      "waits: exited with status 3, and is about to be launched again",
    ],
  ],
  exited: [
    ["never started", { want: "down" }, "lost E202: was not started"],
    ["announced", {}, "waits: has not been launched: db is slow"],
    ["alive", { ...alive, isHealthy: true }, "waits: has not exited"],
    ["crashed", crashed, "holds: exited with status 3"],
    ["launched again since", { ...alive, ended: crash }, "holds: exited with status 3"],
    ["being stopped", { ...alive, want: "down" }, "lost E202: is being stopped"],
    ["stopped", { ...crashed, ended: null, want: "down" }, "lost E202: is stopped"],
    [
      "restarted by a user",
      { ...crashed, ended: null, wasStopped: true },
      "waits: exited with status 3, and is about to be launched again",
    ],
  ],
  stopped: [
    ["never started", { want: "down" }, "holds: is stopped"],
    ["announced", {}, "waits: is wanted"],
    ["alive", alive, "waits: runs"],
    ["being stopped", { ...alive, want: "down" }, "waits: is being stopped"],
    ["stopped", { ...crashed, want: "down" }, "holds: is stopped"],
    ["restarted by its monitor", { ...crashed, willRestart: true }, "waits: is wanted"],
    ["crashed", crashed, "lost E202: exited with status 3: nothing is left of it to stop"],
  ],
};

const judged = (wish: Wish, seen: Partial<WaitFacts>): string => {
  const verdict = judgeWait(wish, { ...facts, ...seen });
  return `${verdict.kind}${verdict.kind === "lost" ? ` ${verdict.code}` : ""}: ${verdict.reason}`;
};

for (const goal of ["healthy", "exited", "stopped"] as const) {
  test.each(cases[goal])(`--for ${goal}, a task that is: %s`, (_, seen, verdict) => {
    expect(judged({ goal, log: null }, seen)).toBe(verdict);
  });
}

describe("--log", () => {
  test.each<Case>([
    ["that was printed", { ...alive, line: "Listening" }, "holds: printed: Listening"],
    ["that wasn't", alive, "waits: has printed no line that matches 'L'"],
    ["of a crash", { ...crashed, line: "Listening" }, "holds: printed: Listening"],
    [
      "not yet logged",
      { ...crashed, isRead: false },
      "waits: has printed no line that matches 'L'",
    ],
    ["that a crash never printed", crashed, "lost E215: exited with status 3"],
    [
      "while it is stopped",
      { ...alive, want: "down" },
      "waits: has printed no line that matches 'L'",
    ],
    ["of a stopped task", { ...crashed, want: "down" }, "lost E202: is stopped"],
    ["before a launch", {}, "waits: has not been launched: db is slow"],
    ["of a task never started", { want: "down" }, "lost E202: was not started"],
  ])("a line %s", (_, seen, verdict) => {
    expect(judged({ goal: null, log: "L" }, seen)).toBe(verdict);
  });

  test.each<Case>([
    ["neither", alive, "waits: is not healthy: db is slow"],
    ["the line alone", { ...alive, line: "Listening" }, "waits: is not healthy: db is slow"],
    ["health alone", { ...alive, isHealthy: true }, "waits: has printed no line that matches 'L'"],
    [
      "both",
      { ...alive, isHealthy: true, line: "Listening" },
      "holds: is healthy, printed: Listening",
    ],
    ["the line of a crash", { ...crashed, line: "Listening" }, "lost E215: exited with status 3"],
  ])("and --for healthy, where there is %s", (_, seen, verdict) => {
    expect(judged({ goal: "healthy", log: "L" }, seen)).toBe(verdict);
  });
});
