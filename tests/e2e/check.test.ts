import { expect, test } from "bun:test";
import { join } from "node:path";
import { ask } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

test("check of a good config is ok, and needs no tmux", async () => {
  await using world = createWorld();
  const config_path = world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  const { exitCode, result } = await ask(world, "check", { env: { PATH: "/nowhere" } });
  expect({ exitCode, result }).toEqual({
    exitCode: 0,
    result: { ok: true, config_path, errors: [], warnings: [] },
  });
});

// Regression: "Validation messages name no field." "Typos in `[hooks]` are dropped."
test("check reports all errors together, each with its place, and exits 2", async () => {
  await using world = createWorld();
  const config_path = world.writeConfig(`name = "demo"
[hooks]
befor_start = "true"
[tasks.web]
command = "sleep 1000"
prot = 4000
health_interval = 0
depends_on = ["ghost"]
[tasks.a]
command = "true"
depends_on = ["b"]
[tasks.b]
command = "true"
depends_on = ["a"]
`);
  const { exitCode, result } = await ask(world, "check");
  expect(exitCode).toBe(2);
  expect(result.config_path).toBe(config_path);
  const found = result.errors.map(({ code, line }: any) => [code, line]);
  expect(found).toContainEqual(["E103", 3]);
  expect(found).toContainEqual(["E103", 6]);
  expect(found).toContainEqual(["E104", 7]);
  expect(found.map(([code]: any) => code)).toContain("E210");
  expect(found.map(([code]: any) => code)).toContain("E212");
  const text = JSON.stringify(result.errors);
  expect(text).toContain("before_start");
  expect(text).toContain("port");
  expect(text).toContain("a -> b -> a");
});

test("a bad config fails every command with its first error and all places, and exits 2", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "true"\nport = 70000\nprot = 1\n');
  for (const line of [
    "start",
    "stop",
    "restart web",
    "kill web",
    "status",
    "health",
    "inspect web",
  ]) {
    const { exitCode, result } = await ask(world, line);
    expect(exitCode).toBe(2);
    expect(result.errors.map(({ code }: any) => code).toSorted()).toEqual(["E103", "E104"]);
  }
});

test("TOML that doesn't parse is E101 with its place", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks\nweb = 1\n');
  expect(await ask(world, "check")).toMatchObject({
    exitCode: 2,
    result: { ok: false, error_code: "E101", errors: [{ code: "E101", line: 2 }] },
  });
  expect(await ask(world, "start")).toMatchObject({ exitCode: 2, result: { error_code: "E101" } });
});

// Regression: "Without a config, each command silently works on a project called "taskmux"."
test.each([
  "start",
  "stop",
  "restart",
  "kill web",
  "status",
  "health",
  "inspect web",
  "attach",
  "check",
])("%s without a config is E100, with the hint to run taskmux init", async (line) => {
  await using world = createWorld();
  const { exitCode, result } = await ask(world, line);
  expect(exitCode).toBe(2);
  expect(result).toMatchObject({ ok: false, error_code: "E100" });
  expect(result.hint).toContain("taskmux init");
});

test("the nearest config above is the one, and cwd stays relative to it", async () => {
  await using world = createWorld();
  const config_path = world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  world.write("deep/er/x", "");
  const { result } = await ask(world, "status", { cwd: join(world.project, "deep/er") });
  expect(result.config_path).toBe(config_path);
  expect(result.tasks[0].cwd).toBe(world.project);
});
