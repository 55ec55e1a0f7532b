import { expect, test } from "bun:test";
import { MemberScan } from "../../../src/adapters/processes/members.ts";
import { readEnvironment } from "../../../src/adapters/processes/marks.ts";
import { readProcess } from "../../../src/adapters/processes/table.ts";
import type { TaskMarks } from "../../../src/adapters/processes/task-members.ts";
import { isStopped } from "../../../src/adapters/tmux/server.ts";
import { eventually } from "../../helpers/eventually.ts";

/** The marks of a task whose launcher is this process. */
const marksOf = (pid: number): TaskMarks => ({
  launcher: pid,
  recorded: [],
  scope: "none",
  task: "web",
});

/** A process and the child that it doesn't wait for before it is continued. */
async function parentAndChild() {
  const parent = Bun.spawn(["sh", "-c", "sleep 1000 & echo $!; kill -STOP $$; wait; read _"], {
    stdin: "pipe",
    stdout: "pipe",
  });
  const { value } = await parent.stdout.getReader().read();
  await eventually(() => isStopped(parent.pid));
  return { parent, child: Number(new TextDecoder().decode(value)) };
}

test("a member that has ended is none, though its parent doesn't wait for it", async () => {
  const { parent, child } = await parentAndChild();
  const scan = new MemberScan();
  const pids = async () => (await scan.members(marksOf(parent.pid))).map(({ pid }) => pid);
  try {
    scan.warmCache();
    expect(await pids()).toEqual([child]);
    const [entry] = await scan.members(marksOf(parent.pid));
    process.kill(child, "SIGKILL");
    await eventually(() => readProcess(child) === null);
    expect(await pids()).toEqual([]);
    expect(scan.areGone([entry!])).toBe(false);
    parent.kill("SIGCONT");
    await eventually(() => scan.areGone([entry!]));
  } finally {
    parent.kill("SIGKILL");
  }
});

test("a member is described as it is now, not as it was first seen", async () => {
  const child = Bun.spawn(["sh", "-c", "read _; exec setsid sleep 1000"], { stdin: "pipe" });
  const { pid } = child;
  const marks = {
    ...marksOf(0),
    launcher: null,
    recorded: [{ process: readProcess(pid)!, launcher: { pid: 0, startTime: "" }, keeper: null }],
  };
  const scan = new MemberScan();
  try {
    expect(await scan.members(marks)).toMatchObject([{ pid, group: readProcess(pid)!.group }]);
    void child.stdin.write("\n");
    void child.stdin.flush();
    await eventually(() => readProcess(pid)?.group === pid);
    expect(await scan.members(marks)).toMatchObject([{ pid, group: pid, session: pid }]);
  } finally {
    child.kill("SIGKILL");
  }
});

test("a member that executes a program with an empty mark is none from then on", async () => {
  // Its parent has the mark too, so that it has it from its fork on: another test may read the table at any time.
  const member = "read _ <&3; exec env TASKMUX_RUN= sleep 1000";
  const parent = Bun.spawn(
    ["sh", "-c", `exec 3<&0; sh -c '${member}' & echo $!; exec sleep 1000`],
    {
      stdin: "pipe",
      stdout: "pipe",
      env: { ...process.env, TASKMUX_RUN: "exempt.1", TASKMUX_TASK: "web" },
    },
  );
  const { value } = await parent.stdout.getReader().read();
  const pid = Number(new TextDecoder().decode(value));
  const marks = { ...marksOf(0), launcher: null, scope: "exempt" };
  const scan = new MemberScan();
  const isMember = async () => (await scan.members(marks)).some((each) => each.pid === pid);
  try {
    // While it executes its program it has no environment.
    await eventually(isMember);
    void parent.stdin.write("\n");
    void parent.stdin.flush();
    await eventually(() => readEnvironment(readProcess(pid)!).includes("TASKMUX_RUN=\0"));
    expect(await isMember()).toBe(false);
  } finally {
    process.kill(pid, "SIGKILL");
    parent.kill("SIGKILL");
  }
});
