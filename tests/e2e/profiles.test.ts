import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const task = (name: string, fields: string): string =>
  `[tasks.${name}]\ncommand = "echo from ${name}; exec sleep 1000"\n${fields}\n`;

const CONFIG = [
  'name = "demo"\n',
  task("db", ""),
  task("api", 'profiles = ["back"]\ndepends_on = ["db"]'),
  task("web", 'profiles = ["front"]\ndepends_on = ["api"]'),
  task("mail", 'profiles = ["mail"]'),
  task("docs", 'profiles = ["front"]\nauto_start = false'),
].join("\n");

function createProject(): World {
  const world = createWorld();
  world.writeConfig(CONFIG);
  return world;
}

async function running(world: World): Promise<string[]> {
  const { result } = await ask(world, "status");
  return result.tasks
    .filter((one: { running: boolean }) => one.running)
    .map((one: { name: string }) => one.name);
}

const names = (tasks: { name: string }[]): string[] => tasks.map(({ name }) => name);

test("a bare start means the tasks without a profile; a named task starts whatever its profile", async () => {
  await using world = createProject();
  expect((await ask(world, "start")).result).toMatchObject({ ok: true, tasks: ["db"] });
  expect(await statusOf(world, "mail")).toMatchObject({ profiles: ["mail"], want: "down" });
  const table = await world.run(["status"]);
  expect(table.stdout).toContain("demo: 1 of 1 running, 4 manual");
  expect(table.stdout).toMatch(/mail .* profile mail\n/);
  expect((await ask(world, "start mail")).result).toMatchObject({ ok: true, action: "started" });
  expect(await running(world)).toEqual(["db", "mail"]);
});

test("start --profile brings the tasks of the profiles and their dependencies, those with another profile too", async () => {
  await using world = createProject();
  const front = await ask(world, "start --profile=front");
  expect(front.result).toMatchObject({ ok: true, tasks: ["db", "api", "web"] });
  const both = await ask(world, "start --profile=front --profile=ma*");
  expect(both.result).toMatchObject({ tasks: ["mail"], already_running: ["db", "api", "web"] });
});

test("TASKMUX_PROFILES is what --profile says where it isn't given, and no task sees it", async () => {
  await using world = createProject();
  const env = { TASKMUX_PROFILES: "back, mail" };
  const started = await ask(world, "start", { env });
  expect(started.result).toMatchObject({ tasks: ["db", "api", "mail"] });
  const flagged = await ask(world, "status --profile=front", { env });
  expect(names(flagged.result.tasks)).toEqual(["db", "api", "web", "mail", "docs"]);
  const shown = await ask(world, "status", { env });
  expect(names(shown.result.tasks)).toEqual(["db", "api", "mail"]);
  world.writeConfig('name = "demo"\n[tasks]\ndb = "echo [$TASKMUX_PROFILES]; exec sleep 1000"\n');
  // A project without profiles is not meant.
  expect((await ask(world, "restart db", { env })).result).toMatchObject({ ok: true });
  expect((await ask(world, "status", { env })).exitCode).toBe(0);
  expect((await ask(world, "wait db --log=^\\[\\]$ --timeout=600s")).exitCode).toBe(0);
});

test("status shows all tasks; with a profile its own, those without one, and all that run", async () => {
  await using world = createProject();
  await ask(world, "start mail");
  const all = ["db", "api", "web", "mail", "docs"];
  expect(names((await ask(world, "status")).result.tasks)).toEqual(all);
  const back = await ask(world, "status --profile=back");
  expect(names(back.result.tasks)).toEqual(["db", "api", "mail"]);
});

test("stop --profile leaves what runs of other profiles, and says so; a bare stop ends all", async () => {
  await using world = createProject();
  await ask(world, "start --profile=*");
  const part = await ask(world, "stop --profile=front");
  expect(part.result).toMatchObject({ ok: true, still_running: ["mail"] });
  expect(part.result.tasks.toSorted()).toEqual(["api", "db", "web"]);
  expect(await running(world)).toEqual(["mail"]);
  const again = await world.run(["stop", "--profile", "front"]);
  expect(again.stdout).toBe(
    "nothing to stop\nstill running, of other profiles: mail; all: taskmux stop --profile '*'\n",
  );
  const all = await ask(world, "stop");
  expect(all.result).toMatchObject({ ok: true, tasks: ["mail"] });
  expect(all.result).not.toHaveProperty("still_running");
  expect(await world.tmux("list-sessions").catch(String)).not.toContain("demo");
});

test("stop --profile ends the session where nothing else runs", async () => {
  await using world = createProject();
  await ask(world, "start --profile=front");
  const stopped = await ask(world, "stop --profile=front");
  expect(stopped.result.tasks.toSorted()).toEqual(["api", "db", "web"]);
  expect((await ask(world, "status")).result).toMatchObject({ running: false });
});

test("restart without a name brings back what ran; with a profile it leaves the others alone", async () => {
  await using world = createProject();
  await ask(world, "start db mail");
  const pidOf = async (name: string) => (await statusOf(world, name)).pid;
  const before = await pidOf("mail");
  const all = await ask(world, "restart");
  expect(all.result).toMatchObject({ ok: true, tasks: ["db", "mail"] });
  const between = await pidOf("mail");
  expect(between).not.toBe(before);
  const back = await ask(world, "restart --profile=back");
  expect(back.result).toMatchObject({ ok: true, tasks: ["db", "api"] });
  expect(await pidOf("mail")).toBe(between);
});

test("logs --profile and verify --profile mean its tasks", async () => {
  await using world = createProject();
  await ask(world, "start --profile=*");
  for (const name of ["db", "api", "mail"])
    await ask(world, `wait ${name} --log=from --timeout=600s`);
  const logsOf = async (...words: string[]) =>
    said(await world.run(["logs", "--grep", "from", ...words, "--json"]), "logsOfSeveralSchema");
  const all = await logsOf();
  expect(all.result.lines.map(({ task: name }: { task: string }) => name)).toContain("mail");
  const back = await logsOf("--profile", "back");
  const tasks = new Set(back.result.lines.map(({ task: name }: { task: string }) => name));
  expect(tasks).toEqual(new Set(["db", "api"]));
  const verified = await ask(world, "verify --profile=back --settle=0");
  expect(verified.result.tasks.map(({ task: name }: { task: string }) => name)).toEqual([
    "db",
    "api",
  ]);
});

test.each(["start", "stop", "restart", "status", "logs", "verify", "watch", "daemon"])(
  "%s of an unknown profile is E205 and does nothing",
  async (command) => {
    await using world = createProject();
    const { exitCode, result } = await ask(world, `${command} --profile=fornt`);
    expect({ exitCode, result }).toMatchObject({
      exitCode: 1,
      result: {
        error: "No task has the profile 'fornt'",
        error_code: "E205",
        hint: "Did you mean 'front'?",
      },
    });
    expect((await ask(world, "status")).result).toMatchObject({ running: false });
  },
);

test("with auto_start = false a bare start opens windows for the tasks that it means", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG.replace("\n", "\nauto_start = false\n"));
  await ask(world, "start --profile=back");
  const windows = await world.tmux("list-windows", "-t", "=demo", "-F", "#{window_name}");
  expect(windows.split("\n").toSorted()).toEqual(["api", "db"]);
});

test("a watcher starts new tasks without a profile, and those of its own", async () => {
  await using world = createProject();
  await ask(world, "start");
  const flags = ["--profile", "front", "--json"];
  const watcher = world.spawn(["watch", ...flags]);
  const lease = join(world.home, ".taskmux/run/demo/watch");
  await eventually(() => JSON.parse(readFileSync(lease, "utf8")).pid === watcher.pid);
  const more = ["front", "back"].map((name) => task(`new-${name}`, `profiles = ["${name}"]`));
  world.writeConfig([CONFIG, ...more, task("new", "")].join("\n"));
  await eventually(async () => (await running(world)).length > 2);
  expect(await running(world)).toEqual(["db", "new-front", "new"]);
  watcher.signal("SIGTERM");
  await watcher.ended();
});

test("a daemon does so too, also with the profiles of its environment", async () => {
  await using world = createProject();
  await ask(world, "start");
  const daemon = await startDaemon(world, [], { env: { TASKMUX_PROFILES: "front" } });
  const more = ["front", "back"].map((name) => task(`new-${name}`, `profiles = ["${name}"]`));
  world.writeConfig([CONFIG, ...more, task("new", "")].join("\n"));
  await eventually(async () => (await running(world)).length > 2);
  expect(await running(world)).toEqual(["db", "new-front", "new"]);
  daemon.running.signal("SIGTERM");
  await daemon.running.ended();
});
