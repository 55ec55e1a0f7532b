import { expect, test } from "bun:test";
import { healthNote } from "../../../src/domain/diagnosis/health-note.ts";
import type { TaskStatus } from "../../../src/domain/results/results.ts";

const REASON = "Hook before_start failed with 3: one\n\x1b]0;title\x07two";

const FAILED = { ok: false, method: "tcp", reason: "refused", at: "2024-01-01T00:00:00.000Z" };

const ROWS: [what: string, status: Partial<TaskStatus>, note: string][] = [
  [
    "a refusal",
    { state: "stopped", refused: { reason: REASON, at: "2024-01-01T00:00:00.000Z" } },
    "not launched: Hook before_start failed with 3: one \uFFFD]0;title\uFFFDtwo",
  ],
  ["none", { state: "stopped", refused: null, want: "up" }, ""],
  [
    "a task that starts by its name only",
    { state: "stopped", refused: null, want: "down", auto_start: false },
    "auto_start is off",
  ],
  [
    "one of two profiles",
    { state: "stopped", refused: null, want: "down", auto_start: true, profiles: ["front", "e2e"] },
    "profiles front, e2e",
  ],
  [
    "a prompt",
    { state: "running", waits_at: "Use 3001?\x1b[2J (Y/n)" },
    "waits at: Use 3001?\uFFFD[2J (Y/n)",
  ],
  [
    "a prompt of a task whose check fails",
    { state: "starting", pid: 1, last_health: FAILED, waits_at: "ok?" },
    "waits at: ok?",
  ],
  [
    "a prompt of a task that is unhealthy",
    { state: "unhealthy", pid: 1, last_health: FAILED, waits_at: "ok?" },
    "waits at: ok?",
  ],
];

const LEFT = [{ pid: 7, command: "nginx", ports: [80] }];

test.each([
  [[], "exit status 0"],
  [LEFT, "went to the background"],
])("the note of a task that has exited and left %j", (left, note) => {
  const item = { state: "exited", exit_code: 0, exit_signal: null, pid: null, left } as const;
  expect(healthNote(item as unknown as TaskStatus)).toBe(note);
});

test.each(ROWS)("the note of %s is one line that no terminal obeys", (_, status, note) => {
  expect(healthNote(status as TaskStatus)).toBe(note);
});
