import { expect, test } from "bun:test";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { startDaemon } from "../helpers/api.ts";
import { ask, processesOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = `name = "demo"
[hooks]
before_stop = "test -e here"
after_stop = "touch $HOME/stopped"
[tasks.db]
command = "echo hello; exec sleep 1000"
log_file = "db.log"
[tasks.web]
command = "exec sleep 1000"
depends_on = ["db"]
`;

/** The project's directory in a world, `one`, with its tasks running. */
async function running(world: World): Promise<{ cwd: string }> {
  world.writeConfig(CONFIG, "one/taskmux.toml");
  world.write("one/here", "");
  const place = { cwd: join(world.project, "one") };
  expect((await ask(world, "start", place)).result.ok).toBe(true);
  expect((await ask(world, "wait db --log=hello", place)).result.ok).toBe(true);
  return place;
}

const BROKEN = `${CONFIG}[tasks\n`;

/** Each way in which a config is no help, and from where what is left is reached. */
const losses: [what: string, lose: (world: World) => { cwd: string; flag?: string }][] = [
  [
    "whose config doesn't parse",
    (world) => {
      world.writeConfig(BROKEN, "one/taskmux.toml");
      return { cwd: join(world.project, "one") };
    },
  ],
  [
    "whose config isn't valid",
    (world) => {
      world.writeConfig(`${CONFIG}[nonsense]\n`, "one/taskmux.toml");
      return { cwd: join(world.project, "one") };
    },
  ],
  [
    "whose config is gone",
    (world) => {
      rmSync(join(world.project, "one/taskmux.toml"));
      mkdirSync(join(world.project, "one/below"));
      return { cwd: join(world.project, "one/below") };
    },
  ],
  [
    "whose directory is gone, by its config's path",
    (world) => {
      rmSync(join(world.project, "one"), { recursive: true });
      const flag = ` --config=${join(world.project, "one/taskmux.toml")}`;
      return { cwd: world.home, flag };
    },
  ],
  [
    "whose directory is gone, by its session",
    (world) => {
      rmSync(join(world.project, "one"), { recursive: true });
      return { cwd: world.home, flag: " --session=demo" };
    },
  ],
  [
    "whose directory has another name now, by its session",
    (world) => {
      renameSync(join(world.project, "one"), join(world.project, "two"));
      return { cwd: join(world.project, "two"), flag: " --session=demo" };
    },
  ],
];

test.each(losses)("a session %s can be looked at and stopped", async (_, lose) => {
  await using world = createWorld();
  await running(world);
  const { cwd, flag = "" } = lose(world);
  const of = (line: string) => ask(world, `${line}${flag}`, { cwd });
  const status = await of("status");
  expect(status).toMatchObject({ exitCode: 0, result: { running: true, active_tasks: 2 } });
  expect(status.result.config_path).toBe(join(world.project, "one/taskmux.toml"));
  expect(status.stderr).toContain("session 'demo' is used as last recorded");
  expect((await of("health")).result).toMatchObject({ healthy_count: 2 });
  expect((await of("why web")).result).toMatchObject({ state: "running" });
  expect((await of("inspect web")).result).toMatchObject({ name: "web", state: "running" });
  expect((await of("events")).result.count).toBeGreaterThan(0);
  expect((await of("daemon status")).result.running).toBe(false);
  const words = ["logs", "db", "--json", ...(flag === "" ? [] : [flag.trim()])];
  const logs = await world.run(words, { cwd });
  expect(logs.exitCode).toBe(0);
  if (existsSync(join(world.project, "one/db.log"))) expect(logs.stdout).toContain("hello");
  expect((await of("kill web")).result).toMatchObject({ ok: true, action: "killed" });
  expect((await of("stop")).result).toMatchObject({ ok: true, tasks: ["db"] });
  expect([...processesOf(world, "db"), ...processesOf(world, "web")]).toEqual([]);
});

test.each(losses.slice(0, 4))("a session %s is not started", async (_, lose) => {
  await using world = createWorld();
  await running(world);
  const { cwd, flag = "" } = lose(world);
  for (const line of ["start", "restart web"]) {
    expect((await ask(world, `${line}${flag}`, { cwd })).exitCode).toBe(2);
  }
});

test("from a directory that was removed, a session is found by what the directory was called", async () => {
  await using world = createWorld();
  const { cwd } = await running(world);
  const script = 'cd one && rm -rf "$PWD" && "$0" stop --json';
  const { stdout, stderr } = await world.runProgram(["sh", "-c", script, builtBinary()]);
  expect(stderr).toContain(`${join(cwd, "taskmux.toml")} is gone`);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, tasks: ["db", "web"] });
});

test("hooks of a config that doesn't parse run as they were last", async () => {
  await using world = createWorld();
  const place = await running(world);
  world.writeConfig(BROKEN, "one/taskmux.toml");
  expect((await ask(world, "stop", place)).result.tasks).toEqual(["db", "web"]);
  expect(existsSync(join(world.home, "stopped"))).toBe(true);
});

test("the daemon of a project that is gone can be ended", async () => {
  await using world = createWorld();
  const place = await running(world);
  const { pid } = await startDaemon(world, [], place);
  rmSync(place.cwd, { recursive: true });
  const elsewhere = { cwd: world.home };
  expect((await ask(world, "daemon status --session=demo", elsewhere)).result.pid).toBe(pid);
  expect((await ask(world, "daemon stop --session=demo", elsewhere)).result).toMatchObject({
    action: "stopped",
    pid,
  });
});

test("a renamed project says how to end what is left, and starts after that", async () => {
  await using world = createWorld();
  await running(world);
  renameSync(join(world.project, "one"), join(world.project, "two"));
  const two = { cwd: join(world.project, "two") };
  for (const line of ["start", "status", "stop"]) {
    const { result } = await ask(world, line, two);
    expect(result).toMatchObject({ ok: false, error_code: "E302" });
    expect(result.hint).toContain("taskmux stop --session demo");
  }
  expect((await ask(world, "stop --session=demo", two)).result.tasks).toEqual(["db", "web"]);
  expect((await ask(world, "start", two)).result).toMatchObject({ ok: true, tasks: ["db", "web"] });
});

test("a session of 0.1.0 is known by its mark in tmux and by what was launched", async () => {
  await using world = createWorld();
  await running(world);
  rmSync(join(world.home, ".taskmux/run/demo/project.json"));
  rmSync(join(world.project, "one"), { recursive: true });
  const elsewhere = { cwd: world.home };
  const { result } = await ask(world, "status --session=demo", elsewhere);
  expect(result.config_path).toBe(join(world.project, "one/taskmux.toml"));
  expect(result.tasks.map(({ name }: { name: string }) => name).toSorted()).toEqual(["db", "web"]);
  expect((await ask(world, "stop --session=demo", elsewhere)).result.tasks.length).toBe(2);
});

test("a session is acted on from anywhere by its name, with the config that it has", async () => {
  await using world = createWorld();
  await running(world);
  const elsewhere = { cwd: world.home };
  const { result, stderr } = await ask(world, "stop --session=demo", elsewhere);
  expect(result.tasks).toEqual(["db", "web"]);
  expect(stderr).not.toContain("warning");
  expect((await ask(world, "stop --session=demo2", elsewhere)).result.error_code).toBe("E100");
});

test("another project's session is not acted on by its name while that project is there", async () => {
  await using world = createWorld();
  await running(world);
  for (const own of [CONFIG, BROKEN]) {
    world.writeConfig(own, "other/taskmux.toml");
    const { result } = await ask(world, "stop --session=demo", {
      cwd: join(world.project, "other"),
    });
    expect(result.error_code).toBe(own === CONFIG ? "E302" : "E101");
  }
  expect(processesOf(world, "web").length).toBe(1);
});

test("of two sessions of a config that is gone one has to be named", async () => {
  await using world = createWorld();
  const place = await running(world);
  await ask(world, "start web --no-deps --session=second", place);
  rmSync(join(place.cwd, "taskmux.toml"));
  const { result } = await ask(world, "stop", place);
  expect(result).toMatchObject({ ok: false, error_code: "E100" });
  expect(result.hint).toContain("--session demo, --session second");
  expect((await ask(world, "stop --session=second", place)).result.tasks).toEqual(["web"]);
});
