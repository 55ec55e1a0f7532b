import { expect, test } from "bun:test";
import { eventually, eventuallyIs } from "../../helpers/eventually.ts";
import {
  createLogTask,
  hubFromSource,
  type LogTask,
  mark,
  startHub,
  startPipe,
  Writer,
} from "../../helpers/log-task.ts";

const start = mark("start;r1;4242");

const recorded = (task: LogTask): unknown => JSON.parse(task.left("prompt") ?? "null");

/** Long, for a busy machine: a line stands for a second after the hub has read it. */
const PATIENCE = { timeout: 120_000 };

const until = (task: LogTask, record: unknown) =>
  eventuallyIs(
    () => recorded(task),
    (now) => Bun.deepEquals(now, record),
    PATIENCE,
  );

test("a line that stands is recorded with its run, until it is ended", async () => {
  using task = createLogTask({ ready_log: "^sbt:app> $" });
  const writer = new Writer(task);
  await writer.say(`${start}one\r\n\x1b[32mUse 3001?\x1b[0m (Y/n) `);
  await until(task, { run: "r1", text: "Use 3001? (Y/n)" });
  expect(task.left("ready")).toBeNull();
  await writer.say("y");
  await until(task, { run: "r1", text: "Use 3001? (Y/n) y" });
  await writer.say("\r\n");
  await until(task, null);
  await writer.say("\r\x1b[Ksbt:app> ");
  await until(task, { run: "r1", text: "sbt:app>" });
  await eventually(() => task.left("ready") === "r1\n", PATIENCE);
  await writer.say(mark("exit;r1;0;exit"));
  await until(task, null);
  expect(await writer.end()).toBe(0);
  expect(task.texts().slice(1, 4)).toEqual([
    "one",
    "\x1b[32mUse 3001?\x1b[0m (Y/n) y",
    "sbt:app> ",
  ]);
});

test("the same line of the next launch is recorded as that one's", async () => {
  using task = createLogTask();
  const writer = new Writer(task);
  await writer.say(`${start}name? `);
  await until(task, { run: "r1", text: "name?" });
  await writer.say(`${mark("exit;r1;0;exit")}${mark("start;r2;4243")}name? `);
  await until(task, { run: "r2", text: "name?" });
  expect(await writer.end()).toBe(0);
  expect(recorded(task)).toBeNull();
});

test("a line outside of a launch is none", async () => {
  using task = createLogTask({ run: null });
  const writer = new Writer(task);
  await writer.say("typed ");
  await writer.say(`at rest${start}name? `);
  await until(task, { run: "r1", text: "name?" });
  expect(await writer.end()).toBe(0);
});

test("what a killed hub has recorded stays until the task prints more", async () => {
  using task = createLogTask();
  const pipe = startPipe(task);
  const first = startHub(task, hubFromSource);
  void pipe.stdin.write(`${start}name? `);
  await pipe.stdin.flush();
  await until(task, { run: "r1", text: "name?" });
  first.kill("SIGKILL");
  await first.exited;
  const next = startHub(task);
  await eventually(() => task.record("log-hub")?.includes(`hub ${next.pid} `), PATIENCE);
  await eventually(() => task.texts().at(-1)?.includes("bytes are lost"), PATIENCE);
  expect(recorded(task)).toEqual({ run: "r1", text: "name?" });
  void pipe.stdin.write("ann\r\n");
  await pipe.stdin.flush();
  await until(task, null);
  await pipe.stdin.end();
  expect(await next.exited).toBe(0);
});
