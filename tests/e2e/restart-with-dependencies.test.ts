import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../helpers/api.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { signal } from "../helpers/processes.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const WITH = "restart_with_dependencies = true";

/** A task that counts its launches in the file of its name. */
const task = (name: string, dependencies: string[] = [], fields = ""): string => `[tasks.${name}]
command = "echo run >> ${name}.runs; exec sleep 1000"
depends_on = ${JSON.stringify(dependencies)}
${fields}
`;

/** A chain and a diamond: `report` depends on all. `plain` doesn't restart with its dependency. */
const CONFIG = [
  'name = "demo"\n',
  task("db"),
  task("api", ["db"], WITH),
  task("jobs", ["db"], WITH),
  task("report", ["db", "api", "jobs"], WITH),
  task("plain", ["db"]),
].join("");

function runs(world: World, name: string): number {
  const path = join(world.project, `${name}.runs`);
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}

const runsOf = (world: World, names: string[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, runs(world, name)]));

const ALL = ["db", "api", "jobs", "report", "plain"];

/** A program prints its line a moment after it is launched. */
const haveRun = (world: World, expected: Record<string, number>) =>
  eventually(() => {
    expect(runsOf(world, ALL)).toEqual(expected);
    return true;
  });

const startedAt = async (world: World, name: string): Promise<number> =>
  Date.parse((await statusOf(world, name)).started_at);

async function eventsOf(world: World, name: string, kind: string): Promise<any[]> {
  const output = await world.run(["events", "-n", "1000", "--task", name, "--json"]);
  return output.json().events.filter(({ event }: any) => event === kind);
}

test("a person's restart restarts the dependents that say so, each once, in order", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await startDaemon(world);
  expect((await ask(world, "start --wait")).result.ok).toBe(true);
  const { result } = await ask(world, "restart db");
  expect(result).toMatchObject({ ok: true, task: "db", action: "restarted" });
  expect(result.dependents).toEqual(["api", "jobs", "report"]);
  await haveRun(world, { db: 2, api: 2, jobs: 2, report: 2, plain: 1 });
  const times = await Promise.all(["db", "api", "report"].map((name) => startedAt(world, name)));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  // Both named: each once.
  expect((await ask(world, "restart api db")).result.ok).toBe(true);
  await haveRun(world, { db: 3, api: 3, jobs: 3, report: 3, plain: 1 });
  expect((await ask(world, "restart db --no-deps")).result.ok).toBe(true);
  await haveRun(world, { db: 4, api: 3, jobs: 3, report: 3, plain: 1 });
  // The monitor has nothing to add to what a person does.
  expect((await eventsOf(world, "api", "task_restarted")).map(({ by }) => by)).not.toContain(
    "monitor",
  );
});

test("a dependent that was stopped stays stopped, and a stop restarts nothing", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start --wait");
  await haveRun(world, { db: 1, api: 1, jobs: 1, report: 1, plain: 1 });
  await ask(world, "stop api report");
  const { result } = await ask(world, "restart db");
  expect(result.dependents).toEqual(["jobs"]);
  await ask(world, "stop db");
  await ask(world, "start db --wait");
  await haveRun(world, { db: 3, api: 1, jobs: 2, report: 1, plain: 1 });
  expect((await statusOf(world, "api")).state).toBe("stopped");
});

test("a restart fails if a dependent can't be restarted", async () => {
  await using world = createWorld();
  world.writeConfig(
    `name = "demo"\n${task("db")}[tasks.api]\ncommand = "test ! -f broken && exec sleep 1000; exit 4"\ndepends_on = ["db"]\n${WITH}\n`,
  );
  await ask(world, "start --wait");
  writeFileSync(join(world.project, "broken"), "");
  const { exitCode, result } = await ask(world, "restart db --wait");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ ok: false, task: "db", error_code: "E215" });
  expect(result.error).toContain("'api' exited with status 4");
});

test("after a monitor's restart, dependents restart once the dependency is ready, each once", async () => {
  await using world = createWorld();
  const check = 'health_check = "test -f up"\nhealth_interval = 0.2\nhealth_retries = 1000';
  world.writeConfig(CONFIG.replace("depends_on = []\n", `depends_on = []\n${check}\n`));
  writeFileSync(join(world.project, "up"), "");
  await startDaemon(world);
  await ask(world, "start --wait");
  await haveRun(world, { db: 1, api: 1, jobs: 1, report: 1, plain: 1 });
  const { pid } = await statusOf(world, "db");
  rmSync(join(world.project, "up"));
  // Unhealthy is no reason.
  await eventually(async () => (await statusOf(world, "db")).state === "unhealthy");
  signal(pid, "SIGKILL");
  await eventually(async () => (await statusOf(world, "db")).state === "starting");
  await haveRun(world, { db: 2, api: 1, jobs: 1, report: 1, plain: 1 });
  writeFileSync(join(world.project, "up"), "");
  await haveRun(world, { db: 2, api: 2, jobs: 2, report: 2, plain: 1 });
  for (const name of ["api", "jobs", "report"]) {
    const events = await eventuallyIs(
      () => eventsOf(world, name, "task_restarted"),
      (all) => all.length > 0,
    );
    expect(events).toMatchObject([{ task: name, by: "monitor" }]);
  }
  await eventually(async () => (await statusOf(world, "report")).state === "running");
  expect(runsOf(world, ALL)).toEqual({ db: 2, api: 2, jobs: 2, report: 2, plain: 1 });
});
