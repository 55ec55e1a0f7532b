import { expect, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { ask, said, statusOf } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

const CONFIG = `name = "demo"
[tasks.web]
command = "sleep 1000"
cwd = "app"
health_check = "true"
env = { API_KEY = "very secret" }
hooks = { before_start = "true" }
`;

test("inspect tells all of a task, without --json too", async () => {
  await using world = createWorld();
  world.write("app/x", "");
  world.writeConfig(CONFIG);
  await ask(world, "start --wait");
  // Not before the shell has become the command.
  await eventually(async () => {
    const { result } = await ask(world, "inspect web");
    return result.pane_current_command === "sleep";
  });
  const plain = said(await world.run(["inspect", "web"]), "inspectSchema");
  const { result } = await ask(world, "inspect web");
  expect({ ...plain.result, last_health: null }).toEqual({ ...result, last_health: null });
  const status = await statusOf(world, "web");
  expect(result).toMatchObject({
    ...status,
    last_health: { ok: true },
    session: "demo",
    log_file: join(world.home, ".taskmux/logs/demo/web.log"),
    health_check: "true",
    hooks: { before_start: "true", after_start: null, before_stop: null, after_stop: null },
    pane_current_path: join(world.project, "app"),
    pane_current_command: "sleep",
  });
  expect(result.window_id).toMatch(/^@\d+$/);
  expect(result.pane_id).toMatch(/^%\d+$/);
  const row = await world.tmux("list-panes", "-a", "-F", "#{window_id} #{pane_id} #{window_name}");
  expect(row).toBe(`${result.window_id} ${result.pane_id} web`);
});

test("inspect names the environment's variables and never prints a value", async () => {
  await using world = createWorld();
  world.write("app/x", "");
  world.writeConfig(CONFIG);
  await ask(world, "start", { env: { TOKEN: "very secret too" } });
  const output = await world.run(["inspect", "web"]);
  expect(output.stdout).not.toContain("very secret");
  const { result } = said(output, "inspectSchema");
  expect(result.env_keys).toContain("API_KEY");
  expect(result.env_keys).toContain("TOKEN");
  expect(result.env_keys).toContain("TASKMUX_TASK");
});

test("inspect of a task that was never started has nulls for what there isn't", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  expect((await ask(world, "inspect web")).result).toMatchObject({
    state: "stopped",
    pid: null,
    window_id: null,
    pane_id: null,
    pane_current_command: null,
    pane_current_path: null,
  });
});

test("inspect of an unknown task is E200; without a name, or with two, E500", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  expect(await ask(world, "inspect ghost")).toMatchObject({
    exitCode: 1,
    result: { ok: false, error_code: "E200" },
  });
  for (const line of ["inspect", "inspect web web"]) {
    expect(await ask(world, line)).toMatchObject({ exitCode: 2, result: { error_code: "E500" } });
  }
});
