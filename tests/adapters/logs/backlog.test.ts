import { expect, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { LogBacklog, newBatch } from "../../../src/adapters/logs/backlog.ts";
import { LogOutput } from "../../../src/adapters/logs/output.ts";
import { LogWriterFiles } from "../../../src/adapters/logs/writer-files.ts";
import { createLogTask, type LogTask } from "../../helpers/log-task.ts";

function backlogOf({ directory, log }: LogTask, maxSize = 10_000): LogBacklog {
  const backlog = new LogBacklog(new LogWriterFiles(directory), newBatch());
  backlog.output = new LogOutput({ path: log, maxSize, maxFiles: 3, isOurs: true });
  return backlog;
}

const say = (backlog: LogBacklog, ...texts: string[]): void => {
  for (const text of texts) backlog.addText(Date.UTC(2026, 0, 1), text);
  backlog.write();
};

test("what was kept is written before what came later", () => {
  using task = createLogTask();
  const backlog = backlogOf(task);
  mkdirSync(task.log, { recursive: true });
  say(backlog, "one", "two");
  expect(backlog.isBehind).toBe(true);
  rmSync(task.log, { recursive: true });
  say(backlog, "three");
  expect(task.texts()).toEqual(["one", "two", "three"]);
  expect(backlog.isBehind).toBe(false);
  backlog.output?.close();
});

test("of what was kept, a part that could be written is not written again", () => {
  using task = createLogTask();
  const [one, two, three] = ["1", "2", "3"].map((digit) => digit.repeat(50)) as [
    string,
    string,
    string,
  ];
  const backlog = backlogOf(task, 100);
  mkdirSync(task.log, { recursive: true });
  say(backlog, one, two, three);
  rmSync(task.log, { recursive: true });
  // The log can't be rotated: the oldest of its files is none that can be deleted.
  mkdirSync(`${task.log}.3`, { recursive: true });
  backlog.write();
  expect(task.texts()).toEqual([one]);
  expect(backlog.isBehind).toBe(true);
  rmSync(`${task.log}.3`, { recursive: true });
  backlog.write();
  const written = [".3", ".2", ".1", ""].map((suffix) => task.texts(suffix));
  expect(written).toEqual([[], [one], [two], [three]]);
  expect(task.left("writer-error")).toBeNull();
  backlog.output?.close();
});
