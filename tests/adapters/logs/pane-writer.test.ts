import { expect, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { builtBinary } from "../../helpers/binary.ts";
import { eventually } from "../../helpers/eventually.ts";
import { createLogTask, type LogTask, mark } from "../../helpers/log-task.ts";

/** The writer that the script of 0.1.0 starts at the end of a pane's pipe. */
const startWriter = (task: LogTask, ...before: string[]) =>
  Bun.spawn([builtBinary(), "__log-writer", task.directory, ...before], { stdin: "pipe" });

test("a window that 0.1.0 opened has a log writer of its own, to its end", async () => {
  using task = createLogTask();
  const writer = startWriter(task);
  void writer.stdin.write(`${mark("start;r1;7")}hello\r\nprompt`);
  await writer.stdin.end();
  expect(await writer.exited).toBe(0);
  expect(task.texts()).toEqual(["[taskmux] started pid 7: npm run dev", "hello", "prompt"]);
});

test("one that replaces another says that lines may be missing", async () => {
  using task = createLogTask();
  const writer = startWriter(task, "137");
  void writer.stdin.write("more\r\n");
  await writer.stdin.end();
  expect(await writer.exited).toBe(0);
  const why = "the log writer was ended by SIGKILL";
  expect(task.texts()).toEqual([`[taskmux] log lines may be missing here: ${why}`, "more"]);
});

test("it keeps lines while the log can't be written, and writes them though the task is silent", async () => {
  using task = createLogTask();
  mkdirSync(task.log, { recursive: true });
  const writer = startWriter(task);
  void writer.stdin.write("kept\r\n");
  await writer.stdin.flush();
  await eventually(() => task.left("writer-error"));
  rmSync(task.log, { recursive: true });
  await eventually(() => task.texts().join() === "kept");
  await writer.stdin.end();
  expect(await writer.exited).toBe(0);
});
