import { expect, test } from "bun:test";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiConnection, startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask, processesOf, statusOf } from "../helpers/schemas.ts";
import { isAlive } from "../helpers/processes.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = 'name = "demo"\n[tasks]\nweb = "sleep 1000"\n';

const panes = (world: World): Promise<string> =>
  world.tmux("list-panes", "-a", "-F", "#{session_name} #{window_id} #{window_name} #{pane_pid}");

const COMMANDS = [
  "start",
  "start web",
  "stop",
  "stop web",
  "restart",
  "kill web",
  "status",
  "health",
  "inspect web",
  "attach",
];

// Regression: "`stop` kills a tmux session of the same name that the user made."
test.each(COMMANDS)(
  "%s of a session of our name that the user made is E301, and it is untouched",
  async (line) => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    await world.tmux(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-s",
      "demo",
      "-n",
      "web",
      "sleep 1000",
    );
    const before = await panes(world);
    const { exitCode, result } = await ask(world, line);
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({
      ok: false,
      error_code: "E301",
      hint: expect.stringContaining("--session"),
    });
    expect(await panes(world)).toBe(before);
  },
);

test.each(COMMANDS)(
  "%s of another config's session is E302, which names that config",
  async (line) => {
    await using world = createWorld();
    const other = world.writeConfig(CONFIG, "other/taskmux.toml");
    world.writeConfig(CONFIG);
    await ask(world, "start", { cwd: join(world.project, "other") });
    const before = await panes(world);
    const { exitCode, result } = await ask(world, line);
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({ ok: false, error_code: "E302" });
    expect(result.error).toContain(other);
    expect(await panes(world)).toBe(before);
  },
);

test("a config that is reached through a symbolic link is the same project", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  await world.runProgram(["ln", "-s", world.project, `${world.root}/link`]);
  const { result } = await ask(world, "start", { cwd: `${world.root}/link` });
  expect(result).toMatchObject({ ok: true, already_running: ["web"] });
});

test("two projects on one tmux server don't know of each other", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  world.writeConfig('name = "second"\n[tasks]\nweb = "sleep 1000"\n', "second/taskmux.toml");
  const second = { cwd: join(world.project, "second") };
  expect((await ask(world, "status", second)).result.running).toBe(false);
  await ask(world, "start");
  expect((await ask(world, "status", second)).result.running).toBe(false);
  expect((await ask(world, "start", second)).result).toMatchObject({ ok: true, tasks: ["web"] });
  await ask(world, "stop", second);
  expect((await statusOf(world, "web")).state).toBe("running");
});

// A target matches by prefix and by glob, and windows where no session does.
test.each(["demo-long", "dem", "demoo"])(
  "a session called %s is not taken for demo",
  async (name) => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    await world.tmux(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-s",
      name,
      "-n",
      "demo",
      "sleep 1000",
    );
    const before = await panes(world);
    expect(await ask(world, "status")).toMatchObject({ exitCode: 0, result: { running: false } });
    expect((await ask(world, "stop")).result).toMatchObject({ ok: true, tasks: [] });
    expect((await ask(world, "start")).result).toMatchObject({ ok: true, tasks: ["web"] });
    expect((await ask(world, "stop")).result).toMatchObject({ ok: true, tasks: ["web"] });
    expect(await panes(world)).toBe(before);
  },
);

test("the user's own windows are untouched by everything", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  await world.tmux("new-window", "-d", "-t", "=demo:", "-n", "mine", "sleep 1000");
  const mine = async () => (await panes(world)).split("\n").filter((row) => row.includes(" mine "));
  const before = await mine();
  for (const line of ["restart", "kill web", "start", "stop web", "start", "stop"]) {
    expect((await ask(world, line)).result.ok).toBe(true);
    expect(await mine()).toEqual(before);
  }
  expect((await ask(world, "start")).result.tasks).toEqual(["web"]);
});

test("a session that the user has renamed is theirs, and start makes a new one", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  await world.tmux("rename-session", "-t", "=demo", "kept");
  const { result } = await ask(world, "start");
  expect(result.ok).toBe(true);
  expect((await ask(world, "status")).result).toMatchObject({ running: true, active_tasks: 1 });
});

test("a process that the user has put into a pane of taskmux is the user's", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\napi = "sleep 1000"\n');
  await ask(world, "start");
  const { result } = await ask(world, "inspect web");
  await world.tmux("respawn-pane", "-k", "-t", result.pane_id, "sleep 4242");
  const theirs = Number(
    await world.tmux("display-message", "-p", "-t", result.pane_id, "#{pane_pid}"),
  );
  expect((await ask(world, "stop web")).exitCode).toBe(0);
  expect((await ask(world, "start web")).result).toMatchObject({ ok: true, action: "started" });
  expect((await ask(world, "kill web")).result.action).toBe("killed");
  expect((await ask(world, "stop")).result.ok).toBe(true);
  expect(isAlive(theirs)).toBe(true);
});

/** Another project with the same session and task names, with a check that leaves a file. */
const CHECKED = `name = "demo"
[tasks.web]
command = "sleep 1000"
health_check = "touch ran"
`;

const LOOKERS = [
  "status",
  "health",
  "inspect web",
  "why web",
  "wait web --timeout=0",
  "start --monitor",
  "watch",
  "daemon --port=0",
];

test.each(LOOKERS)("%s runs no health check before it knows whose session it is", async (line) => {
  await using world = createWorld();
  const other = world.writeConfig(CONFIG, "other/taskmux.toml");
  world.writeConfig(CHECKED);
  await ask(world, "start", { cwd: join(world.project, "other") });
  const { result } = await ask(world, line);
  expect(result).toMatchObject({ ok: false, error_code: "E302" });
  expect(result.error).toContain(other);
  expect(existsSync(join(world.project, "ran"))).toBe(false);
  expect(existsSync(join(world.project, "other/ran"))).toBe(false);
  for (const name of ["tasks/web/health.json", "monitor", "watch"]) {
    expect(existsSync(join(world.home, ".taskmux/run/demo", name))).toBe(false);
  }
});

const FIRST = { cwd: "first" };
const SECOND = { cwd: "second" };

/** Two projects with the same session and task names, each in a directory of its own. */
function twoProjects(world: World, one: string, other: string): void {
  for (const place of [FIRST, SECOND]) {
    world.writeConfig(place === FIRST ? one : other, `${place.cwd}/taskmux.toml`);
  }
}

const of = (world: World, line: string, { cwd }: { cwd: string }) =>
  ask(world, line, { cwd: join(world.project, cwd) });

const JOB = 'name = "demo"\n[tasks.migrate]\ncommand = "touch migrated"\noneshot = true\n';

test("a project doesn't see what another one of its name has done, and does it itself", async () => {
  await using world = createWorld();
  twoProjects(world, JOB, JOB);
  expect((await of(world, "start --wait", FIRST)).result.tasks).toEqual(["migrate"]);
  await world.tmux("kill-server");
  const before = (await of(world, "status", SECOND)).result;
  expect(before).toMatchObject({ running: false, monitor: null });
  expect(before.tasks[0]).toMatchObject({ state: "stopped", want: "down", started_at: null });
  expect((await of(world, "status", FIRST)).result.tasks[0]).toMatchObject({
    state: "stopped",
    want: "up",
    exit_code: 0,
  });
  expect((await of(world, "start --wait", SECOND)).result.tasks).toEqual(["migrate"]);
  expect(existsSync(join(world.project, "second/migrated"))).toBe(true);
  await world.tmux("kill-server");
  expect((await of(world, "status", FIRST)).result.tasks[0].state).toBe("stopped");
});

const SURVIVORS = [
  ["itself", "trap '' HUP; touch up; while :; do sleep 0.1; done"],
  ["but a daemon of it", "setsid sh -c 'touch up; exec sleep 1000' & exec sleep 1000"],
];

/** Whether a launcher of the session is there; the command line of its keeper differs in one word. */
async function hasLaunchers(world: World): Promise<boolean> {
  const { stdout } = await world.runProgram(["ps", "-axww", "-o", "args="]);
  const launcher = join(world.home, ".taskmux/run/demo/launcher.sh");
  return stdout.split("\n").some((row) => row.includes(launcher) && !/keeper [.+]\d/.test(row));
}

test.each(SURVIVORS)(
  "a project doesn't take a session over while another's task lives, %s",
  async (what, command) => {
    await using world = createWorld();
    twoProjects(world, `name = "demo"\n[tasks]\nweb = "${command}"\n`, CONFIG);
    await of(world, "start", FIRST);
    await eventually(() => existsSync(join(world.project, "first/up")));
    await world.tmux("kill-server");
    if (what !== "itself") await eventually(async () => !(await hasLaunchers(world)));
    expect(processesOf(world, "web").length).toBeGreaterThan(0);
    for (const line of ["start", "stop", "restart", "kill web"]) {
      const { result } = await of(world, line, SECOND);
      expect(result).toMatchObject({ ok: false, error_code: "E302" });
      expect(result.error).toContain(join(world.project, "first/taskmux.toml"));
    }
    expect(processesOf(world, "web").length).toBeGreaterThan(0);
    expect((await of(world, "stop", FIRST)).result.tasks).toEqual(["web"]);
    expect((await of(world, "start", SECOND)).result.tasks).toEqual(["web"]);
  },
);

test.each(["stop", "kill web"])(
  "%s ends nothing of another project's where tmux can't tell whose it is",
  async (line) => {
    await using world = createWorld();
    twoProjects(world, CONFIG, CONFIG);
    await of(world, "start", FIRST);
    await eventually(() => processesOf(world, "web").length > 0);
    const sockets = world.env["TMUX_TMPDIR"]!;
    renameSync(sockets, `${sockets}.away`);
    writeFileSync(sockets, "");
    expect((await of(world, line, SECOND)).result).toMatchObject({ ok: false, error_code: "E602" });
    expect(processesOf(world, "web").length).toBeGreaterThan(0);
    rmSync(sockets);
    renameSync(`${sockets}.away`, sockets);
    expect((await of(world, "status", FIRST)).result.tasks[0].state).toBe("running");
  },
);

test("a monitor doesn't relaunch what another project of its session's name has launched", async () => {
  await using world = createWorld();
  twoProjects(world, 'name = "demo"\n[tasks]\nweb = "echo >> runs; exit 1"\n', CONFIG);
  const daemon = await startDaemon(world, [], { cwd: join(world.project, "second") });
  await of(world, "start", FIRST);
  await eventually(async () => (await of(world, "status", FIRST)).result.tasks[0].exit_code === 1);
  await using client = await ApiConnection.open(daemon.port);
  expect(await client.ask("status")).toMatchObject({ error_code: "E302" });
  expect(await client.ask("logs", { task: "web" })).toMatchObject({ lines: [] });
  expect((await of(world, "daemon stop", FIRST)).result.action).toBe("already_stopped");
  expect((await of(world, "daemon stop", SECOND)).result.action).toBe("stopped");
  expect(readFileSync(join(world.project, "first/runs"), "utf8")).toBe("\n");
  const { result } = await of(world, "events", FIRST);
  const names = result.events.map(({ event }: { event: string }) => event);
  expect(names).not.toContain("auto_restart");
});

test("a session has one monitor, which is reported with its config", async () => {
  await using world = createWorld();
  twoProjects(world, CONFIG, CONFIG);
  await startDaemon(world, [], { cwd: join(world.project, "second") });
  const { result } = await of(world, "daemon --port=0", FIRST);
  expect(result).toMatchObject({ ok: false, error_code: "E701" });
  expect(result.error).toContain(join(world.project, "second/taskmux.toml"));
});

test("records without an owner, of 0.1.0, are those of the config that the session is marked with", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  const owner = join(world.home, ".taskmux/run/demo/project.json");
  rmSync(owner);
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", want: "up" });
  expect((await ask(world, "start")).result.already_running).toEqual(["web"]);
  expect(JSON.parse(readFileSync(owner, "utf8")).config_path).toBe(
    join(world.project, "taskmux.toml"),
  );
});

test("a session that is marked as this config's is its own, whatever an older taskmux left of its owner", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  const path = join(world.home, ".taskmux/run/demo/project.json");
  const record = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...record, config_path: "/another/taskmux.toml" }));
  expect((await ask(world, "start")).result.already_running).toEqual(["web"]);
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", want: "up" });
});
