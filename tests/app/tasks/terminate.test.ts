import { expect, test } from "bun:test";
import type { TaskMarks } from "../../../src/adapters/processes/task-members.ts";
import type { Context } from "../../../src/app/context.ts";
import { killProcesses, stopProcesses } from "../../../src/app/tasks/terminate.ts";
import type { SignalName } from "../../../src/domain/tasks/lifecycle.ts";

const MARKS: TaskMarks = { launcher: 1, recorded: [], scope: "s", task: "web" };
const GRACE = 5;

/** A process of the task: what ends it, and what else is so of it. */
interface Process {
  pid: number;
  endedBy: SignalName | "nothing";
  /** Looks, counted from 0, that don't show it though it is there. */
  missedIn?: number[];
  /** When it ends by itself, ms. */
  endsAt?: number;
  /** It is born when this process gets its SIGTERM. */
  bornOf?: number;
  isDeaf?: boolean;
}

/** A task of these processes, and the signals that were sent to them; time passes while one sleeps. */
function task(processes: Process[]) {
  const sent: string[] = [];
  const alive = new Set(processes.filter(({ bornOf }) => bornOf === undefined));
  let [time, looks] = [0, 0];
  const get = (signal: SignalName, pid: number): void => {
    for (const one of alive) if (one.pid === pid && one.endedBy === signal) alive.delete(one);
    if (signal !== "SIGTERM") return;
    for (const one of processes) if (one.bornOf === pid) alive.add(one);
  };
  const ctx = {
    scan: {
      members: async () => {
        const look = looks++;
        const seen = [...alive].filter(({ missedIn = [] }) => !missedIn.includes(look));
        return seen.map(({ pid }) => ({ pid, startTime: "1", group: 1 }));
      },
      areGone: (entries: { pid: number }[]) =>
        entries.every(({ pid }) => ![...alive].some((one) => one.pid === pid)),
    },
    signals: {
      send: ({ pid }: { pid: number }, signal: SignalName) => {
        sent.push(`${signal} ${pid}`);
        get(signal, pid);
      },
      ignoresInterrupt: (pid: number) => processes.some((one) => one.pid === pid && one.isDeaf),
      interrupt: () => {
        for (const { pid, isDeaf } of alive) if (!isDeaf) get("SIGINT", pid);
        return 1;
      },
    },
    monotonic: () => time,
    sleep: async (ms: number) => {
      time += ms;
      for (const one of alive)
        if (one.endsAt !== undefined && one.endsAt <= time) alive.delete(one);
    },
  } as unknown as Context;
  return { ctx, sent, alive, time: () => time, looks: () => looks };
}

test("C-c ends what ends by it, and nothing else is sent", async () => {
  const { ctx, sent } = task([{ pid: 7, endedBy: "SIGINT" }]);
  expect(await stopProcesses(ctx, MARKS, GRACE)).toEqual({ signal: "SIGINT" });
  expect(sent).toEqual([]);
});

test.each(["SIGTERM", "SIGKILL"] as const)(
  "what ends by %s is not taken for gone where one look has missed it",
  async (endedBy) => {
    for (const missed of [1, 2, 3]) {
      const { ctx, alive } = task([{ pid: 7, endedBy, missedIn: [missed] }]);
      expect(await stopProcesses(ctx, MARKS, GRACE)).toEqual({ signal: endedBy });
      expect(alive.size).toBe(0);
    }
  },
);

test("one that C-c can't reach waits for no grace period, one that takes its time has all of it", async () => {
  const deaf = task([{ pid: 7, endedBy: "SIGTERM", isDeaf: true }]);
  expect(await stopProcesses(deaf.ctx, MARKS, GRACE)).toEqual({ signal: "SIGTERM" });
  expect(deaf.time()).toBeLessThan(GRACE * 1000);
  const busy = task([{ pid: 7, endedBy: "SIGTERM" }]);
  expect(await stopProcesses(busy.ctx, MARKS, GRACE)).toEqual({ signal: "SIGTERM" });
  expect(busy.time()).toBeGreaterThanOrEqual(GRACE * 1000);
});

test("the end of one that takes its time is seen within 6 ms, with few looks at all processes", async () => {
  const { ctx, time, looks } = task([{ pid: 7, endedBy: "nothing", endsAt: 1000 }]);
  expect(await stopProcesses(ctx, MARKS, GRACE)).toEqual({ signal: "SIGINT" });
  expect(time()).toBeLessThan(1006);
  expect(looks()).toBeLessThan(35);
});

test("each process gets a signal once, one that was started in the meantime too", async () => {
  const { ctx, sent, alive } = task([
    { pid: 7, endedBy: "SIGKILL" },
    { pid: 8, endedBy: "SIGTERM", bornOf: 7 },
  ]);
  expect(await stopProcesses(ctx, MARKS, GRACE)).toEqual({ signal: "SIGKILL" });
  expect(sent).toEqual(["SIGTERM 7", "SIGTERM 8", "SIGKILL 7"]);
  expect(alive.size).toBe(0);
});

test("what the kernel holds is E218, with its pid", async () => {
  const { ctx } = task([{ pid: 7, endedBy: "nothing" }]);
  const ended = await stopProcesses(ctx, MARKS, GRACE);
  expect(ended).toMatchObject({
    code: "E218",
    message: expect.stringContaining("processes 7 are"),
  });
});

test("nothing of it there is nothing ended", async () => {
  const { ctx } = task([]);
  expect(await stopProcesses(ctx, MARKS, GRACE)).toEqual({ signal: null });
  expect(await killProcesses(ctx, MARKS)).toEqual({ signal: null });
});
