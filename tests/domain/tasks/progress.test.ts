import { expect, test } from "bun:test";
import { phaseText, type StopPhase } from "../../../src/domain/tasks/progress.ts";

const ROWS: [phase: StopPhase, now: number, text: string][] = [
  [{ next: "SIGTERM", until: 10_000 }, 0, "10 s left before SIGTERM"],
  [{ next: "SIGTERM", until: 10_000 }, 9001, "1 s left before SIGTERM"],
  [{ next: "SIGKILL", until: 3000 }, 1, "3 s left before SIGKILL"],
  [{ next: "SIGKILL", until: 3000 }, 3000, "0 s left before SIGKILL"],
  [{ next: "SIGKILL", until: 3000 }, 9000, "0 s left before SIGKILL"],
  [{ next: null, until: 10_000 }, 1000, "SIGKILL was sent"],
];

test.each(ROWS)("%j at %d ms is %j", (phase, now, text) => {
  expect(phaseText(phase, now)).toBe(text);
});
