import { expect, test } from "bun:test";
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ask, processesOf, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = `# My tasks
name = "demo"   # the session

[tasks]
db = "sleep 1000"

# the web server
[tasks.web]
command = "sleep 1000"   # for ever
depends_on = ["db"]
`;

const run = async (world: World, args: string[], schema: string) =>
  said(await world.run([...args, "--json"]), schema);
const add = (world: World, ...args: string[]) => run(world, ["add", ...args], "addSchema");

test("add writes a block at the end of the file, and leaves the rest as it is", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  const { exitCode, result } = await add(world, "api", "bun dev");
  expect({ exitCode, result }).toEqual({
    exitCode: 0,
    result: { ok: true, task: "api", action: "added", command: "bun dev", config_path: path },
  });
  expect(readFileSync(path, "utf8")).toBe(`${CONFIG}\n[tasks.api]\ncommand = "bun dev"\n`);
  expect(readdirSync(world.project)).toEqual(["taskmux.toml"]);
  expect(await statusOf(world, "api")).toMatchObject({ state: "stopped", command: "bun dev" });
});

test("add takes what the task needs, and the task runs with it", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  world.write("app/here", "");
  const flags = ["--cwd", "app", "--port", "4517", "--health-check", 'test "$A" = "x=y"'];
  const more = ["--depends-on", "db", "--depends-on=web", "--env", "A=x=y", "--env", "B="];
  await add(world, "api", "test -f here && exec sleep 1000", ...flags, ...more, "--no-auto-start");
  expect(readFileSync(path, "utf8")).toBe(`${CONFIG}
[tasks.api]
command = "test -f here && exec sleep 1000"
cwd = "app"
port = 4517
health_check = 'test "$A" = "x=y"'
depends_on = ["db", "web"]
auto_start = false
env = { A = "x=y", B = "" }
`);
  const started = await ask(world, "start api");
  expect(started.result).toMatchObject({ action: "started", dependencies: ["db", "web"] });
  expect(await statusOf(world, "api")).toMatchObject({ state: "running", port: 4517 });
});

test("add and then remove give the file back, with its mode, its link and its byte order mark", async () => {
  await using world = createWorld();
  const text = `\uFEFF${CONFIG.trimEnd().replaceAll("\n", "\r\n")}`;
  const target = world.write("shared/real.toml", text);
  chmodSync(target, 0o640);
  symlinkSync("shared/real.toml", join(world.project, "taskmux.toml"));
  await add(world, "api", "bun dev");
  expect(readFileSync(target, "utf8")).toBe(`${text}\r\n\r\n[tasks.api]\r\ncommand = "bun dev"`);
  const { result } = await ask(world, "remove api");
  expect(result).toEqual({
    ok: true,
    task: "api",
    action: "removed",
    command: "bun dev",
    config_path: join(world.project, "taskmux.toml"),
  });
  expect(readFileSync(target, "utf8")).toBe(text);
  expect(statSync(target).mode & 0o777).toBe(0o640);
  expect(lstatSync(join(world.project, "taskmux.toml")).isSymbolicLink()).toBe(true);
  expect(readdirSync(join(world.project, "shared"))).toEqual(["real.toml"]);
});

// Regression: "`add` replaces an existing task silently"
test.each([
  ["a task that exists", ["web", "x"], "E203", 1, "taskmux remove web"],
  ["a task that exists as a line", ["db", "x"], "E203", 1, ""],
  ["a name that is none", ["my api", "x"], "E104", 2, "'my-api'"],
  ["a name that leads elsewhere", ["../x", "x"], "E104", 2, ""],
  ["a name that differs in case only", ["WEB", "x"], "E102", 2, ""],
  ["no command", ["api"], "E500", 2, "add TASK COMMAND"],
  ["an empty command", ["api", " "], "E102", 2, ""],
  ["a command without quotes", ["api", "bun", "dev"], "E500", 2, 'add api "bun dev"'],
  ["an impossible port", ["api", "x", "--port", "70000"], "E104", 2, ""],
  ["an unknown dependency", ["api", "x", "--depends-on", "bd"], "E210", 2, "'db'"],
  [
    "a dependency unlike any task",
    ["api", "x", "--depends-on", "redis"],
    "E210",
    2,
    "taskmux add redis COMMAND",
  ],
  ["itself as a dependency", ["api", "x", "--depends-on", "api"], "E211", 2, ""],
  ["a variable without a value", ["api", "x", "--env", "A"], "E500", 2, ""],
  ["an empty directory", ["api", "x", "--cwd", ""], "E104", 2, ""],
])("add with %s is refused, and nothing is changed", async (_, args, code, status, hint) => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  const { exitCode, result } = await add(world, ...args);
  expect({ exitCode, code: result.error_code }).toEqual({ exitCode: status, code });
  expect(result.hint ?? "").toContain(hint);
  expect(readFileSync(path, "utf8")).toBe(CONFIG);
  expect(readdirSync(world.project)).toEqual(["taskmux.toml"]);
});

test("add and remove leave a broken config alone, and tell where it is broken", async () => {
  await using world = createWorld();
  const path = world.writeConfig("[tasks]\nweb = \n");
  for (const args of [
    ["add", "api", "x"],
    ["remove", "web"],
  ]) {
    const { exitCode, result } = await run(world, args, "addSchema");
    expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 2, code: "E101" });
    expect(result.error).toContain(`${path}:2`);
  }
  expect(readFileSync(path, "utf8")).toBe("[tasks]\nweb = \n");
});

test("many adds at once all get in", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  const names = ["a", "b", "c", "d", "e", "f"];
  // Some under another session's name, and so under another lock.
  const results = await Promise.all(
    names.map((name, index) =>
      add(world, name, `echo ${name}`, ...(index % 2 ? ["--session", "other"] : [])),
    ),
  );
  expect(results.map(({ exitCode }) => exitCode)).toEqual(names.map(() => 0));
  const { result } = await ask(world, "status");
  const known = result.tasks.map(({ name }: { name: string }) => name);
  expect(known.toSorted()).toEqual([...names, "db", "web"].toSorted());
  expect(readFileSync(path, "utf8").startsWith(CONFIG)).toBe(true);
});

test("remove ends what runs of the task, and its window goes", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  await ask(world, "start --wait");
  const { window_id } = (await ask(world, "inspect web")).result;
  const { exitCode, result } = await ask(world, "remove web");
  expect({ exitCode, action: result.action }).toEqual({ exitCode: 0, action: "removed" });
  expect(processesOf(world, "web")).toEqual([]);
  expect(await world.tmux("list-windows", "-a", "-F", "#{window_id}")).not.toContain(window_id);
  expect(readFileSync(path, "utf8")).toBe(CONFIG.slice(0, CONFIG.indexOf("\n# the web server")));
  expect((await statusOf(world, "db")).state).toBe("running");
  expect((await ask(world, "remove db")).result.ok).toBe(true);
  expect((await ask(world, "status")).result.tasks).toEqual([]);
});

// Regression: "`remove` kills first and then fails because another task depends on it"
test("remove of a task that another depends on is E204, and it runs on", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  await ask(world, "start --wait");
  const before = processesOf(world, "db");
  const { exitCode, result } = await ask(world, "remove db");
  expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E204" });
  expect(result.error).toContain("'web'");
  expect(processesOf(world, "db")).toEqual(before);
  expect(readFileSync(path, "utf8")).toBe(CONFIG);
});

test("remove of an unknown task is E200, with the nearest name", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  const { exitCode, result } = await ask(world, "remove wbe");
  expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E200" });
  expect(result.hint).toContain("'web'");
  expect(readFileSync(path, "utf8")).toBe(CONFIG);
});

test("remove edits the file next to a session of this name that isn't ours, and leaves that alone", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  await world.tmux("new-session", "-d", "-s", "demo", "-n", "web", "sleep 1000");
  expect((await ask(world, "remove web")).exitCode).toBe(0);
  expect(readFileSync(path, "utf8")).not.toContain("web");
  expect(await world.tmux("list-windows", "-t", "=demo", "-F", "#{window_name}")).toBe("web");
});

test("remove works where there is no tmux", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  const output = await world.run(["remove", "web", "--json"], { env: { PATH: "/nowhere" } });
  expect(said(output, "removeSchema").exitCode).toBe(0);
  expect(readFileSync(path, "utf8")).not.toContain("[tasks.web]");
});

test("people read what was done", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  expect((await world.run(["add", "api", "x"])).stdout).toBe(`added api to ${path}\n`);
  expect((await world.run(["remove", "api"])).stdout).toBe(`removed api from ${path}\n`);
});
