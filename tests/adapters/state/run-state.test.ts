import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pid as own, ppid } from "node:process";
import { RunState } from "../../../src/adapters/state/run-state.ts";
import { signal } from "../../helpers/processes.ts";
import { loadConfig } from "../../../src/domain/config/defaults.ts";
import type { Project } from "../../../src/domain/config/config.ts";
import { directoryWith } from "../../helpers/directory.ts";
import { readProcess } from "../../../src/adapters/processes/table.ts";
import { parseRecord } from "../../../src/adapters/state/run-record.ts";
import type { HealthRecord } from "../../../src/adapters/state/records.ts";

const START = "start r1 4242 100 4000 90\n";
const PROCESS = {
  pid: 4242,
  startTime: "100",
  launcher: { pid: 4000, startTime: "90" },
  keeper: null,
};

test.each([
  ["", null, null],
  [START, PROCESS, null],
  [`${START}exit r1 0 exit\n`, PROCESS, { kind: "exit", status: 0 }],
  [`${START}exit r1 137 exit\n`, PROCESS, { kind: "exit", status: 137 }],
  [`${START}exit r1 9 signal\n`, PROCESS, { kind: "signal", signal: "SIGKILL" }],
  [`${START}exit r1 2 signal\n`, PROCESS, { kind: "signal", signal: "SIGINT" }],
  [`${START}exit r1 63 signal\n`, PROCESS, { kind: "signal", signal: "signal 63" }],
  // Told to start, and never came so far.
  ["exit r1 126 exit\n", null, { kind: "exit", status: 126 }],
  // Another run's.
  ["start r0 1 2 3 4\nexit r0 5 exit\n", null, null],
  ["start r11 1 2 3 4\n", null, null],
  [`${START.trim()} 3000 80\n`, { ...PROCESS, keeper: { pid: 3000, startTime: "80" } }, null],
  // A line that is just being written.
  ["start r1 42", null, null],
  [`${START}exit r1 1`, PROCESS, null],
  ["nonsense\n\n\0\n", null, null],
  // Without /proc a shell can't tell start times.
  [
    "start r1 4242  4000 \n",
    { pid: 4242, startTime: "", launcher: { pid: 4000, startTime: "" }, keeper: null },
    null,
  ],
])("the record %j", (text, process, end) => {
  expect(parseRecord(text, "r1")).toEqual({ process, end } as ReturnType<typeof parseRecord>);
});

const health = (ok: boolean, second: number): HealthRecord => ({
  run: "r1",
  ok,
  method: "command",
  reason: ok ? null : "no",
  at: `2024-01-01T14:00:0${second}.000Z`,
});

test("a result that repeats the last is written only where another process has written since", () => {
  using directory = directoryWith({});
  const [monitor, command] = [1, 2].map(() => new RunState("demo", directory.path));
  const written = () => readFileSync(join(directory.path, "tasks/web/health.json"), "utf8");
  monitor!.task("web").remember({ want: "up", run: "r1" });
  monitor!.task("web").recordHealth(health(true, 1));
  monitor!.task("web").recordHealth(health(true, 2));
  expect(JSON.parse(written())).toEqual(health(true, 1));
  command!.task("web").recordHealth(health(false, 3));
  expect(JSON.parse(written())).toEqual(health(false, 3));
  monitor!.task("web").recordHealth(health(true, 4));
  expect(JSON.parse(written())).toEqual(health(true, 4));
});

test("a record without start times is believed as long as the process has its launcher for a parent", async () => {
  using directory = directoryWith({ "launcher.sh": "sleep 1000 & echo $!; wait" });
  const state = new RunState("demo", directory.path);
  const launcher = Bun.spawn(["sh", join(directory.path, "launcher.sh")], { stdout: "pipe" });
  const { value } = await launcher.stdout.getReader().read();
  const pid = Number(new TextDecoder().decode(value));
  state.task("web").remember({ run: "r1" });
  const seen = async (process: number, parent: number) => {
    await Promise.resolve();
    writeFileSync(join(state.task("web").directory, "record"), `start r1 ${process}  ${parent} \n`);
    return {
      kind: state.task("web").process().kind,
      launcher: state.task("web").launcher(),
    };
  };
  try {
    expect(await seen(pid, launcher.pid)).toMatchObject({
      kind: "alive",
      launcher: { pid: launcher.pid },
    });
    // After a reboot both pids are other processes.
    expect(await seen(own, ppid)).toEqual({ kind: "ended", launcher: null });
    expect(await seen(own, launcher.pid)).toMatchObject({ kind: "ended" });
  } finally {
    signal(pid, "SIGKILL");
    launcher.kill("SIGKILL");
    await launcher.exited;
  }
});

test("an end that a stop caused while the record was read is that stop's, not a crash", async () => {
  using directory = directoryWith({});
  const state = new RunState("demo", directory.path);
  const files = state.task("web");
  files.remember({ want: "up", run: "r1" });
  const path = join(files.directory, "record");
  // The process is gone, and its launcher runs: this process waits until it has recorded the end.
  const gone = Bun.spawnSync(["true"]).pid;
  writeFileSync(path, `start r1 ${gone} 1 ${ppid} ${readProcess(ppid)!.startTime}\n`);
  const stopped = JSON.stringify({ ...files.memory(), want: "down", stoppedRun: "r1" });
  await Promise.resolve();
  const command = `sleep 0.05; echo '${stopped}' > state.json; echo 'exit r1 0 exit' >> record`;
  const stopping = Bun.spawn(["sh", "-c", command], { cwd: files.directory });
  expect(files.readRun()).toMatchObject({
    memory: { want: "down", stoppedRun: "r1" },
    process: { kind: "ended", end: { kind: "exit", status: 0 } },
  });
  await stopping.exited;
});

test("the launcher's word of a run counts as soon as it is written, in the same turn too", () => {
  using directory = directoryWith({});
  const { directory: path, runs } = new RunState("demo", directory.path).task("web");
  mkdirSync(path, { recursive: true });
  expect(runs.isOnRecord("r1")).toBe(false);
  writeFileSync(join(path, "record"), START);
  expect(runs.isOnRecord("r1")).toBe(true);
});

const project = (configPath: string): Project => ({
  config: loadConfig({ name: "demo" }, []),
  session: "demo",
  configPath,
  directory: "/p",
});

/** The records of a session that `/one/taskmux.toml` owns, with a task that was launched, as that and as another see them. */
function ownedRecords(path: string) {
  const [one, two] = ["/one/taskmux.toml", "/two/taskmux.toml"].map(
    (configPath) => new RunState("demo", path, { configPath }),
  ) as [RunState, RunState];
  one.claim(project("/one/taskmux.toml"), false);
  one.task("web").remember({ want: "up", run: "r1" });
  one.task("web").recordHealth(health(true, 1));
  const supervision = { count: 3, last: null, phase: "idle" } as const;
  one.task("web").recordSupervision({ runs: ["r1", null], supervision });
  one.task("web").recordLaunch({ run: "r1", command: "x", shell: "sh", cwd: "/", environment: {} });
  one.recordServer({ socket: "/s", pid: 1, startTime: "2" });
  writeFileSync(join(one.task("web").directory, "writer-error"), "full");
  writeFileSync(join(one.task("web").directory, "written.json"), '["/one/log"]');
  return { one, two, supervision };
}

/** All that is remembered of a session and its task. */
const remembered = (state: RunState) => ({
  tasks: state.knownTasks(),
  memory: state.task("web").memory(),
  health: state.task("web").health.last(),
  supervision: [state.task("web").supervision("r1"), state.task("web").supervision(null)],
  launch: state.task("web").launchRecord(),
  server: state.server(),
  error: state.task("web").logError(),
  logs: state.task("web").output.writtenLogs(),
});

test("to another config than the owner's nothing is remembered, and it can't add anything", () => {
  using directory = directoryWith({});
  const { one, two, supervision } = ownedRecords(directory.path);
  expect(one.otherOwner()).toBe(null);
  expect(two.otherOwner()).toBe("/one/taskmux.toml");
  expect(remembered(two)).toEqual(remembered(new RunState("x", join(directory.path, "empty"))));
  expect(remembered(two.asOwner())).toEqual(remembered(one));
  expect(remembered(one)).toMatchObject({
    tasks: ["web"],
    supervision: [supervision, supervision],
  });
  two.task("web").recordHealth(health(false, 2));
  two.task("web").recordSupervision({ runs: ["r1"], supervision: { ...supervision, count: 4 } });
  expect(one.task("web").health.last()?.ok).toBe(true);
  expect(one.task("web").supervision("r1")?.count).toBe(3);
});

test("who takes the records over begins with none, and the owner before has none then", async () => {
  using directory = directoryWith({});
  const { one, two } = ownedRecords(directory.path);
  two.claim(project("/two/taskmux.toml"), false);
  expect(two.otherOwner()).toBe(null);
  // What is looked at without a pause is looked at once.
  await Bun.sleep(0);
  expect(one.otherOwner()).toBe("/two/taskmux.toml");
  expect([two.knownTasks(), two.server()]).toEqual([[], null]);
  two.task("web").remember({ want: "up", run: "r2" });
  expect(one.task("web").memory()).toMatchObject({ want: "down", run: null });
});

test("records that its own session wrote without a word of the owner are kept", () => {
  using directory = directoryWith({});
  const { two } = ownedRecords(directory.path);
  two.claim(project("/two/taskmux.toml"), true);
  expect(two.task("web").memory().run).toBe("r1");
});

test("what a session's records have of its config is not overwritten with what was made of them", () => {
  using directory = directoryWith({});
  const { one } = ownedRecords(directory.path);
  const before = readFileSync(join(directory.path, "project.json"), "utf8");
  const changed = { ...project("/one/taskmux.toml"), isRecorded: true };
  changed.config = loadConfig({ name: "other" }, []);
  one.claim(changed, true);
  expect(readFileSync(join(directory.path, "project.json"), "utf8")).toBe(before);
});
