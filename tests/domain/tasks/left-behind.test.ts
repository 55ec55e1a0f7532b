import { expect, test } from "bun:test";
import {
  backgroundFailure,
  backgroundReason,
  mayHaveLeft,
} from "../../../src/domain/tasks/left-behind.ts";

const left = (pid: number, command: string, ...ports: number[]) => ({ pid, command, ports });

test.each([
  [[left(42, "sleep 9")], "left pid 42 (sleep 9) running"],
  [
    [left(42, "nginx: master", 443, 80), left(43, "nginx: worker", 80)],
    "left pid 42 (nginx: master), pid 43 (nginx: worker) running, listening on ports 80, 443",
  ],
  [
    [1, 2, 3, 4, 5].map((pid) => left(pid, "w", ...(pid === 5 ? [3000] : []))),
    "left pid 1 (w), pid 2 (w), pid 3 (w) and 2 more running, listening on port 3000",
  ],
])("%j in words", (processes, text) => {
  expect(backgroundReason(processes)).toBe(
    `went to the background: its command exited with status 0 and ${text}`,
  );
});

test("the failure of a start names the foreground form of a program that is known", () => {
  const reason = backgroundReason([left(42, "redis-server *:6379", 6379)]);
  expect(
    backgroundFailure({ name: "db", command: "redis-server --daemonize yes" }, reason),
  ).toMatchObject({
    code: "E217",
    message: `Task 'db' ${reason}`,
    hint: "Run it in the foreground: redis-server --daemonize no",
  });
  expect(backgroundFailure({ name: "db", command: "./serve" }, reason).hint).toBe(
    "Run it in the foreground: most programs have an option for that",
  );
});

const AT = 0;

test.each([
  ["a command that ended with 0", false, "exited", { kind: "exit", status: 0, at: AT }, true],
  ["a job", true, "exited", { kind: "exit", status: 0, at: AT }, false],
  ["another status", false, "failed", { kind: "exit", status: 1, at: AT }, false],
  ["a stopped task", false, "stopped", { kind: "exit", status: 0, at: AT }, false],
  ["one that is launched again", false, "backoff", { kind: "exit", status: 0, at: AT }, false],
  ["one that runs", false, "running", null, false],
] as const)("%s may have left something behind: %5$p", (_, oneshot, state, end, may) => {
  expect(mayHaveLeft({ oneshot }, state, end)).toBe(may);
});
