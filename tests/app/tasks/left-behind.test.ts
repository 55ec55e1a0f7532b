import { expect, test } from "bun:test";
import type { Context } from "../../../src/app/context.ts";
import { leftBehind } from "../../../src/app/tasks/left-behind.ts";
import type { Task } from "../../../src/domain/config/config.ts";

/** The processes of the task at each look, and the time, which passes only in pauses. */
function contextWith(pidsAt: (time: number) => number[]): Context {
  let time = 0;
  const files = { launcher: () => null, runs: { launches: () => [] } };
  const context = {
    state: { scope: "s", task: () => files },
    scan: { members: async () => pidsAt(time).map((pid) => ({ pid })) },
    ports: { portsOf: async ([pid]: number[]) => (pid === 7 ? [80] : []) },
    describeCommand: (pid: number) => (pid === 9 ? null : `run ${pid}`),
    monotonic: () => time,
    sleep: async (ms: number) => void (time += ms),
  };
  return context as unknown as Context;
}

const look = (pidsAt: (time: number) => number[]) =>
  leftBehind(contextWith(pidsAt), { name: "web" } as Task);

test("what ends together with its command is not left behind", async () => {
  expect(await look(() => [])).toEqual([]);
  expect(await look((time) => (time < 100 ? [7, 8] : []))).toEqual([]);
});

test("what runs on is, with its command and ports, except what ended while it was described", async () => {
  expect(await look((time) => (time < 100 ? [6, 7, 8, 9] : [7, 8, 9]))).toEqual([
    { pid: 7, command: "run 7", ports: [80] },
    { pid: 8, command: "run 8", ports: [] },
  ]);
});
