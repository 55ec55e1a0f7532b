import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../../src/domain/values/shell-word.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { signal } from "../helpers/processes.ts";
import { ask, processesOf, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const job = (name: string, command: string, fields = ""): string =>
  `[tasks.${name}]\ncommand = ${JSON.stringify(command)}\noneshot = true\n${fields}\n`;

const service = (name: string, command: string, fields = ""): string =>
  `[tasks.${name}]\ncommand = ${JSON.stringify(command)}\n${fields}\n`;

const DB = service("db", "echo db is up; exec sleep 1000", 'ready_log = "is up"');

function createProject(...tasks: string[]): World {
  const world = createWorld();
  world.writeConfig(['name = "demo"\n', ...tasks].join("\n"));
  return world;
}

/** Nothing of the tasks is left, and no session. */
async function expectNothingLeft(world: World, ...tasks: string[]): Promise<void> {
  expect(tasks.flatMap((task) => processesOf(world, task))).toEqual([]);
  expect((await ask(world, "status")).result).toMatchObject({ running: false, monitor: null });
}

const isThere = (world: World, file: string): boolean => existsSync(join(world.project, file));

/** A job that says that it runs, and ends once it may. */
const GATE = "touch begun; while [ ! -e open ]; do sleep 0.05; done";
const open = (world: World): void => writeFileSync(join(world.project, "open"), "");

test("ci starts all, waits for the jobs, and stops all; 0 if they did their work", async () => {
  await using world = createProject(
    DB,
    job("build", "echo built", 'depends_on = ["db"]'),
    job("test", "echo tested", 'depends_on = ["build"]'),
    service("docs", "exec sleep 1000", "auto_start = false"),
  );
  const { exitCode, result } = await ask(world, "ci");
  expect({ exitCode, result }).toMatchObject({
    exitCode: 0,
    result: {
      ok: true,
      jobs: [
        { task: "build", done: true, exit_code: 0 },
        { task: "test", done: true, exit_code: 0 },
      ],
      failed: null,
      timed_out: false,
      interrupted: false,
      stopped: ["db"],
      log: [],
      warnings: [],
    },
  });
  await expectNothingLeft(world, "db", "docs");
  // It can be repeated: jobs run again.
  const again = await world.run(["ci", "test"]);
  expect(again.stdout).toMatch(/^done build, test\nstopped db\nafter /);
});

test("the status is that of the job that failed first, and the end of its log comes last", async () => {
  await using world = createProject(
    DB,
    job("test", "echo one; echo two; exit 3", 'depends_on = ["db"]'),
    job("slow", GATE),
  );
  const { exitCode, result } = await ask(world, "ci");
  expect({ exitCode, result }).toMatchObject({
    exitCode: 3,
    result: {
      ok: false,
      error: "Task 'test' exited with status 3",
      error_code: "E215",
      failed: { task: "test", exit_code: 3, exit_signal: null },
      jobs: [
        { task: "test", done: false, exit_code: 3 },
        { task: "slow", done: false, exit_code: null },
      ],
    },
  });
  expect(result.stopped.toSorted()).toEqual(["db", "slow"]);
  expect(result.log.map(({ text }: { text: string }) => text)).toEqual(
    expect.arrayContaining(["one", "two"]),
  );
  await expectNothingLeft(world, "db", "test", "slow");
  const shown = await world.run(["ci"]);
  expect(shown.exitCode).toBe(3);
  expect(shown.stderr).toContain("Task 'test' exited with status 3");
  const tail = shown.stdout.split("the last lines of test:\n")[1]?.split("\n");
  expect(tail).toEqual(expect.arrayContaining(["one", "two"]));
});

test("start --wait --exit-on-failure does the same", async () => {
  await using world = createProject(DB, job("test", "exit 4", 'depends_on = ["db"]'));
  const flags = ["--wait", "--exit-on-failure", "--json"];
  const { exitCode, result } = said(await world.run(["start", ...flags]), "ciSchema");
  expect(exitCode).toBe(4);
  expect(result.failed).toMatchObject({ task: "test", exit_code: 4 });
  await expectNothingLeft(world, "db");
});

test.each(["start --exit-on-failure", "start --wait --exit-on-failure -d", "ci db"])(
  "%s is E500 and starts nothing",
  async (line) => {
    await using world = createProject(DB, job("test", "true"));
    expect((await ask(world, line)).result).toMatchObject({ ok: false, error_code: "E500" });
    await expectNothingLeft(world, "db");
  },
);

test("a service that crashes while the jobs run is a failure, whatever restarts it has", async () => {
  await using world = createProject(
    service("db", "sleep 0.2; kill -9 $$", 'restart_policy = "always"'),
    job("test", GATE),
  );
  const { exitCode, result } = await ask(world, "ci");
  expect({ exitCode, failed: result.failed }).toMatchObject({
    exitCode: 137,
    failed: { task: "db", exit_code: null, exit_signal: "SIGKILL" },
  });
  await expectNothingLeft(world, "db", "test");
});

test("a service that ends with 0 is none, unless somebody depends on it", async () => {
  await using world = createProject(
    service("seed", "sleep 0.2; touch seeded"),
    job("test", "while [ ! -e seeded ]; do sleep 0.05; done; sleep 0.3"),
  );
  expect((await ask(world, "ci")).exitCode).toBe(0);
  world.writeConfig(
    [
      'name = "demo"\n',
      service("seed", "true", 'ready_log = "never"'),
      job("test", "true", 'depends_on = ["seed"]'),
    ].join("\n"),
  );
  const { exitCode, result } = await ask(world, "ci");
  expect({ exitCode, failed: result.failed }).toMatchObject({
    exitCode: 1,
    failed: { task: "seed", exit_code: 0 },
  });
});

test("success_exit_codes count as success", async () => {
  await using world = createProject(job("test", "exit 3", "success_exit_codes = [0, 3]"));
  const { exitCode, result } = await ask(world, "ci");
  expect({ exitCode, jobs: result.jobs }).toEqual({
    exitCode: 0,
    jobs: [{ task: "test", done: true, exit_code: 3, exit_signal: null }],
  });
});

test("a task that can't be launched is a failure", async () => {
  await using world = createProject(DB, job("test", "true", 'cwd = "gone"'));
  const { exitCode, result } = await ask(world, "ci");
  expect({ exitCode, result }).toMatchObject({
    exitCode: 1,
    result: { error_code: "E213", failed: { task: "test" } },
  });
  await expectNothingLeft(world, "db");
});

test("--timeout ends it with 124, and names a job that has not ended", async () => {
  await using world = createProject(DB, job("test", GATE));
  const { exitCode, result } = await ask(world, "ci --timeout=500ms");
  expect({ exitCode, result }).toMatchObject({
    exitCode: 124,
    result: { ok: false, timed_out: true, failed: { task: "test", exit_code: null } },
  });
  await expectNothingLeft(world, "db", "test");
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s stops everything too", async (name, status) => {
  await using world = createProject(DB, job("test", GATE, 'depends_on = ["db"]'));
  const running = world.spawn(["ci", "--json"]);
  await eventually(() => isThere(world, "begun"));
  running.signal(name);
  const output = await running.ended();
  const { exitCode, result } = said(output, "ciSchema");
  expect({ exitCode, result }).toMatchObject({
    exitCode: status,
    result: { ok: false, error_code: "E901", interrupted: true, failed: null },
  });
  await expectNothingLeft(world, "db", "test");
});

test.each([
  ["ci", "Name the jobs that are to run: taskmux ci lint test"],
  ["ci db", "Name the jobs that are to run: taskmux ci lint test"],
])("%s without a job among its tasks names the jobs of the config", async (line, hint) => {
  const manual = ["lint", "test"].map((name) => job(name, "true", "auto_start = false"));
  await using world = createProject(DB, ...manual);
  const { result } = await ask(world, line);
  expect(result).toMatchObject({ ok: false, error_code: "E500", hint });
  await expectNothingLeft(world, "db", "lint", "test");
});

test("it refuses a session in use, and leaves it alone", async () => {
  await using world = createProject(DB, job("test", "true"));
  await ask(world, "start db");
  const { pid } = await statusOf(world, "db");
  const refused = await ask(world, "ci");
  expect(refused.result).toMatchObject({
    error_code: "E206",
    hint: "Stop it first: taskmux stop; or take another: taskmux ci --session demo-ci",
  });
  expect(await statusOf(world, "db")).toMatchObject({ running: true, pid });
  const beside = await ask(world, "ci --session=demo-ci");
  expect(beside.exitCode).toBe(0);
  expect(await statusOf(world, "db")).toMatchObject({ running: true, pid });
});

test.each(["2>&1", "--json"])(
  "the status is that of the job too where nobody reads the result, with %s",
  async (how) => {
    await using world = createProject(DB, job("test", `${GATE}; exit 3`, 'depends_on = ["db"]'));
    // The job ends after the reader has gone.
    const script = `{ ${quote(builtBinary())} ci ${how}; echo $? >status; } | { exec <&-; touch open; }`;
    await world.runProgram(["sh", "-c", script]);
    expect(readFileSync(join(world.project, "status"), "utf8")).toBe("3\n");
    await expectNothingLeft(world, "db", "test");
  },
);

test("two at once: the second one is refused, and the first one is not disturbed", async () => {
  await using world = createProject(job("test", GATE));
  const first = world.spawn(["ci", "--json"]);
  await eventually(() => isThere(world, "begun"));
  const { result } = await ask(world, "ci");
  expect(result).toMatchObject({ ok: false, error_code: "E701" });
  expect(result.error).toContain(`pid ${first.pid} (ci)`);
  expect(result.hint).toBe(
    `Stop it first: kill ${first.pid}; or take another: taskmux ci --session demo-ci`,
  );
  expect((await ask(world, "start -d")).result).toMatchObject({ error_code: "E701" });
  open(world);
  expect((await first.ended()).exitCode).toBe(0);
  await expectNothingLeft(world, "test");
});

test("a job that was being launched when another one failed is done if it has done its work", async () => {
  const ended = `until ${quote(builtBinary())} status --json | grep -q '"exit_code":0'; do :; done`;
  await using world = createProject(
    job("build", "true", `hooks.after_start = ${JSON.stringify(ended)}`),
    job("test", "true", 'cwd = "nowhere"'),
  );
  const { exitCode, result } = await ask(world, "ci");
  expect({ exitCode, result }).toMatchObject({
    exitCode: 1,
    result: { failed: { task: "test" }, jobs: [{ task: "build", done: true }, { done: false }] },
  });
});

test("what others start in its session meanwhile stays", async () => {
  await using world = createProject(
    job("test", GATE),
    service("docs", "exec sleep 1000", "auto_start = false"),
  );
  const running = world.spawn(["ci", "--json"]);
  await eventually(() => isThere(world, "begun"));
  await ask(world, "start docs");
  open(world);
  const { exitCode, result } = said(await running.ended(), "ciSchema");
  expect({ exitCode, result }).toMatchObject({ exitCode: 0, result: { still_running: ["docs"] } });
  expect(await statusOf(world, "docs")).toMatchObject({ running: true });
});

test("a killed ci leaves its tasks to the next stop, and the next ci says so", async () => {
  await using world = createProject(job("test", GATE));
  const running = world.spawn(["ci"]);
  await eventually(() => isThere(world, "begun"));
  signal(running.pid, "SIGKILL");
  await running.ended();
  expect((await ask(world, "ci")).result).toMatchObject({ error_code: "E206" });
  await ask(world, "stop");
  open(world);
  expect((await ask(world, "ci")).exitCode).toBe(0);
});

test("a stop by somebody else ends it", async () => {
  await using world = createProject(DB, job("test", GATE, 'depends_on = ["db"]'));
  const running = world.spawn(["ci", "--json"]);
  await eventually(() => isThere(world, "begun"));
  await ask(world, "stop");
  const { exitCode, result } = said(await running.ended(), "ciSchema");
  expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E214" });
  await expectNothingLeft(world, "db", "test");
});
