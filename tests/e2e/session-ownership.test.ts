import { expect, test } from "bun:test";
import { join } from "node:path";
import { ask, statusOf } from "../helpers/schemas.ts";
import { isAlive } from "../helpers/processes.ts";
import { createWorld, type World } from "../helpers/world.ts";

const config = 'name = "demo"\n[tasks]\nweb = "sleep 1000"\n';

const panes = (world: World): Promise<string> =>
  world.tmux("list-panes", "-a", "-F", "#{session_name} #{window_id} #{window_name} #{pane_pid}");

const commands = [
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

// defects.md: "`stop` kills a tmux session of the same name that the user made."
test.each(commands)(
  "%s of a session of our name that the user made is E301, and it is untouched",
  async (line) => {
    await using world = createWorld();
    world.writeConfig(config);
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

test.each(commands)(
  "%s of another config's session is E302, which names that config",
  async (line) => {
    await using world = createWorld();
    const other = world.writeConfig(config, "other/taskmux.toml");
    world.writeConfig(config);
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
  world.writeConfig(config);
  await ask(world, "start");
  await world.runProgram(["ln", "-s", world.project, `${world.root}/link`]);
  const { result } = await ask(world, "start", { cwd: `${world.root}/link` });
  expect(result).toMatchObject({ ok: true, already_running: ["web"] });
});

test("two projects on one tmux server don't know of each other", async () => {
  await using world = createWorld();
  world.writeConfig(config);
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
    world.writeConfig(config);
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
  world.writeConfig(config);
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
  world.writeConfig(config);
  await ask(world, "start");
  await world.tmux("rename-session", "-t", "=demo", "kept");
  const { result } = await ask(world, "start");
  expect(result.ok).toBe(true);
  expect((await ask(world, "status")).result).toMatchObject({ running: true, active_tasks: 1 });
});

test("a process that the user has put into a pane of ours is the user's", async () => {
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
