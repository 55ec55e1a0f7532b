import { describe, expect, test } from "bun:test";
import { type ProcessEntry, readProcess } from "../../../src/adapters/processes/table.ts";
import { hasVariable } from "../../../src/adapters/processes/marks.ts";
import { isExempt, membersOf, parseMark } from "../../../src/adapters/processes/task-members.ts";
import { eventually } from "../../helpers/eventually.ts";

describe("the mark in a process's environment", () => {
  test.each([
    ["TASKMUX_RUN=abc.1.2\0TASKMUX_TASK=web\0", { scope: "abc", task: "web" }],
    ["HOME=/\0TASKMUX_TASK=web.v1\0TASKMUX_RUN=abc.1.2", { scope: "abc", task: "web.v1" }],
    ["sleep 1 TASKMUX_RUN=abc.1.2 TASKMUX_TASK=web HOME=/", { scope: "abc", task: "web" }],
    ["TASKMUX_RUN=abc.1.2\0", null],
    ["TASKMUX_TASK=web\0", null],
    ["MY_TASKMUX_RUN=abc.1.2\0TASKMUX_TASK=web\0", null],
    ["TASKMUX_RUN=abc\0TASKMUX_TASK=web\0", null],
    ["", null],
  ])("%j is %j", (environment, mark) => {
    expect(parseMark(environment)).toEqual(mark);
  });
});

const entry = (pid: number, parent: number, session: number): ProcessEntry => ({
  pid,
  parent,
  group: session,
  session,
  foreground: -1,
  startTime: `${pid}`,
  image: "",
});

// Pids that no system gives, so that no environment is read.
const FAR = 2 ** 30;
const tableOf = (...rows: [pid: number, parent: number, session: number][]) =>
  new Map(
    rows.map(([pid, parent, session]) => [
      FAR + pid,
      entry(FAR + pid, FAR + parent, FAR + session),
    ]),
  );
const marks = (task: string, launcher: number) => ({
  launcher: FAR + launcher,
  recorded: [],
  scope: "s",
  task,
});

test("a task's processes: of its launcher's session, and descendants that left it; never the launcher", () => {
  const table = tableOf(
    [10, 1, 10], // the launcher
    [11, 10, 10], // its command
    [12, 11, 12], // a child in a session of its own
    [13, 12, 13], // and its child
    [14, 1, 10], // an orphan in the launcher's session
    [20, 1, 20], // another task's launcher
    [21, 20, 20],
    [30, 1, 30], // a stranger
  );
  const found = membersOf(table, [marks("web", 10), marks("api", 20)]);
  const pids = (task: string) => found.get(task)?.map(({ pid }) => pid - FAR);
  expect({ web: pids("web"), api: pids("api") }).toEqual({ web: [11, 12, 13, 14], api: [21] });
});

test.each([
  ["a record", { ...marks("web", 0), launcher: null }],
  ["a pane", { ...marks("web", 0), launcher: 0 }],
])("session 0 belongs to no task, though %s names launcher 0", (_, of) => {
  const row = (pid: number, parent: number) => [pid, entry(pid, parent, 0)] as const;
  const table = new Map([row(FAR + 1, 0), row(FAR + 2, FAR + 1), row(FAR + 3, FAR + 2)]);
  const process = { pid: FAR + 3, startTime: `${FAR + 3}` };
  const recorded = [{ process, launcher: { pid: 0, startTime: "" }, keeper: null }];
  const found = membersOf(table, [{ ...of, recorded }]).get("web")!;
  expect(found.map(({ pid }) => pid - FAR)).toEqual([3]);
});

test("a process that has left everything is found by its mark, of the same scope only", async () => {
  const env = { PATH: process.env["PATH"] ?? "", TASKMUX_RUN: "scope1.x.1", TASKMUX_TASK: "web" };
  // macOS hides the environments of its own programs: not of this one.
  const child = Bun.spawn([process.execPath, "-e", "setInterval(() => {}, 1000)"], { env });
  try {
    // The mark is there once the child has become its program.
    await eventually(() => hasVariable(readProcess(child.pid)!, "TASKMUX_TASK", "web"));
    const table = new Map([[child.pid, readProcess(child.pid)!]]);
    const of = (scope: string, task: string) =>
      membersOf(table, [{ launcher: null, recorded: [], scope, task }]).get(task)?.length;
    expect([of("scope1", "web"), of("scope2", "web"), of("scope1", "api")]).toEqual([1, 0, 0]);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
});

describe("what is to outlive its task", () => {
  test.each([
    ["HOME=/\0TASKMUX_RUN=\0TASKMUX_TASK=web\0", true],
    ["tmux TASKMUX_RUN= HOME=/", true],
    ["TASKMUX_RUN=", true],
    ["TASKMUX_RUN=abc.1.2\0", false],
    ["MY_TASKMUX_RUN=\0", false],
    ["", false],
  ])("%j is it: %j", (environment, exempt) => {
    expect(isExempt(environment)).toBe(exempt);
  });
});

describe("a task's processes by what is on record", () => {
  const at = (pid: number) => ({ pid: FAR + pid, startTime: `${FAR + pid}` });
  const launch = (process: number, launcher: number, keeper: number) => ({
    process: at(process),
    launcher: at(launcher),
    keeper: at(keeper),
  });
  const found = (
    table: ReturnType<typeof tableOf>,
    recorded: ReturnType<typeof launch>[],
    launcher: number | null = null,
  ) => {
    const pid = launcher === null ? null : FAR + launcher;
    const members = membersOf(table, [{ launcher: pid, recorded, scope: "s", task: "web" }]);
    return members.get("web")?.map((member) => member.pid - FAR);
  };

  test("what is below the keeper, though the launcher and the command are gone", () => {
    const table = tableOf([9, 1, 9], [12, 9, 12], [13, 12, 13], [30, 1, 30]);
    expect(found(table, [launch(11, 10, 9)])).toEqual([12, 13]);
  });

  test("the command, what is below it, and what is in its terminal session, though all above is gone", () => {
    const table = tableOf([11, 1, 10], [12, 11, 12], [13, 1, 10], [30, 1, 30]);
    expect(found(table, [launch(11, 10, 9)])).toEqual([11, 12, 13]);
  });

  test("of each launch on record; neither keepers nor launchers are among them", () => {
    const table = tableOf([9, 1, 9], [10, 9, 10], [11, 10, 10], [19, 1, 19], [21, 19, 21]);
    expect(found(table, [launch(20, 18, 19), launch(11, 10, 9)], 10)).toEqual([11, 21]);
  });

  test.each(["1", ""])(
    "no process of a pid on record that started at another time (%j)",
    (startTime) => {
      const table = tableOf([9, 1, 9], [12, 9, 12], [13, 1, 10]);
      const later = { ...launch(11, 10, 9), keeper: { ...at(9), startTime } };
      expect(found(table, [later])).toEqual([]);
    },
  );
});

test.skipIf(process.platform !== "linux").each([
  ["s.1.2", 1],
  // Another session's task, started from within this one.
  ["other.1.2", 0],
  // It is to outlive the task.
  ["", 0],
])("a process below a task's keeper whose TASKMUX_RUN is %j counts %d", async (run, count) => {
  const env = { PATH: process.env["PATH"] ?? "", TASKMUX_RUN: run, TASKMUX_TASK: "web" };
  const child = Bun.spawn(["sleep", "1000"], { env });
  try {
    while (!(await Bun.file(`/proc/${child.pid}/environ`).text()).includes("TASKMUX_TASK"))
      await Bun.sleep(1);
    const keeper = { pid: FAR + 9, startTime: `${FAR + 9}` };
    const table = tableOf([9, 1, 9]);
    table.set(child.pid, { ...readProcess(child.pid)!, parent: keeper.pid });
    const gone = { ...keeper, startTime: "1" };
    const recorded = [{ process: gone, launcher: gone, keeper }];
    const marks = { launcher: null, recorded, scope: "s", task: "web" };
    expect(membersOf(table, [marks]).get("web")).toHaveLength(count);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
});
