import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const COMMAND = "exec sleep 1000";

const config = (fields: string, command = COMMAND, top = ""): string =>
  `name = "demo"\n${top}\n[tasks.web]\ncommand = "${command}"\n${fields}\n`;

const FIELDS = 'env_file = [".env", ".env.local?"]\nenv = { MODE = "one" }\n';

/** A world in which the task runs by this config. */
async function started(world: World, fields = FIELDS): Promise<void> {
  world.write(".env", "TOKEN=1\n");
  mkdirSync(join(world.project, "sub"));
  world.writeConfig(config(fields));
  expect((await ask(world, "start web")).result).toMatchObject({ ok: true, warnings: [] });
  expect(await statusOf(world, "web")).toMatchObject({ stale: [], stale_reason: null });
}

test.each<[string, (world: World) => void, string[], string]>([
  [
    "the command",
    (world) => world.writeConfig(config(FIELDS, "exec sleep 2000")),
    ["config"],
    "an older command",
  ],
  [
    "env",
    (world) => world.writeConfig(config(FIELDS.replace("one", "two"))),
    ["config"],
    "an older MODE",
  ],
  [
    "the shell",
    (world) => world.writeConfig(config(`${FIELDS}shell = "sh"`)),
    ["config"],
    "another shell",
  ],
  [
    "the content of an env_file",
    (world) => world.write(".env", "TOKEN=2\n"),
    ["env_file"],
    "an older .env",
  ],
  [
    "an env_file that has come",
    (world) => world.write(".env.local", "TOKEN=2\n"),
    ["env_file"],
    "an older .env.local",
  ],
  [
    "the port",
    (world) => world.writeConfig(config(`${FIELDS}port = 4199`)),
    ["port"],
    "no port instead of 4199",
  ],
  [
    "the directory",
    (world) => world.writeConfig(config(`${FIELDS}cwd = "sub"`)),
    ["cwd"],
    "the directory PROJECT instead of PROJECT/sub",
  ],
])("a task that runs with another %s is stale until its restart", async (_, change, stale, say) => {
  await using world = createWorld();
  await started(world);
  change(world);
  const stale_reason = `runs with ${say.replaceAll("PROJECT", world.project)}`;
  const item = await statusOf(world, "web");
  // The command is that which runs, whatever the config says now.
  expect(item).toMatchObject({ state: "running", command: COMMAND, stale, stale_reason });
  expect(item.hint).toBe("taskmux restart web");
  const { pid } = item;

  const text = (await world.run(["status"])).stdout;
  expect(text).toContain("running*");
  expect(text.trimEnd().split("\n").at(-1)).toStartWith(`* web ${stale_reason}: taskmux`);
  const { result: why } = await ask(world, "why web");
  expect(why).toMatchObject({ stale, stale_reason, hint: "Try: taskmux restart web" });
  expect(why.causes[0]).toStartWith(`it ${stale_reason}`);

  const { result: again } = await ask(world, "start web");
  expect(again).toMatchObject({
    ok: true,
    action: "already_running",
    warnings: [`Task 'web' ${stale_reason}: taskmux restart web`],
  });
  expect((await statusOf(world, "web")).pid).toBe(pid);

  await ask(world, "restart web");
  expect(await statusOf(world, "web")).toMatchObject({ stale: [], stale_reason: null });
});

test.each<[string, (world: World) => void]>([
  ["a comment in the config", (world) => world.writeConfig(`# new\n${config(FIELDS)}`)],
  ["a comment in an env_file", (world) => world.write(".env", "# new\nTOKEN=1 # one\n")],
  ["an env_file that was touched", (world) => touch(join(world.project, ".env"))],
  ["an env_file that sets nothing", (world) => world.write(".env.local", "\n# nothing\n")],
  [
    "a variable that moved to the top level",
    (world) =>
      world.writeConfig(config(FIELDS.replace(/env = .*/, ""), COMMAND, 'env = { MODE = "one" }')),
  ],
  [
    "a setting that no process gets",
    (world) => world.writeConfig(config(`${FIELDS}max_restarts = 9\nstop_grace_period = 1`)),
  ],
  [
    "the same directory by another name",
    (world) => world.writeConfig(config(`${FIELDS}cwd = "."`)),
  ],
])("%s makes no task stale", async (_, change) => {
  await using world = createWorld();
  await started(world);
  change(world);
  expect(await statusOf(world, "web")).toMatchObject({ stale: [], stale_reason: null });
});

function touch(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

test("the environment of the asking process makes no task stale, also where an env_file refers to it", async () => {
  await using world = createWorld();
  world.write(".env", "TOKEN=${HOST_TOKEN:-none}\n");
  world.writeConfig(config('env_file = ".env"'));
  await ask(world, "start web", { env: { HOST_TOKEN: "1" } });
  const { result } = await ask(world, "status", { env: { HOST_TOKEN: "2", MORE: "3" } });
  expect(result.tasks[0]).toMatchObject({ stale: [] });
});

test("a task that runs on a port which its config doesn't allow any more is stale", async () => {
  await using world = createWorld();
  world.writeConfig(config('port = "4700+"\nhealth_check = "true"'));
  await ask(world, "start web");
  const { port } = await statusOf(world, "web");
  world.writeConfig(config('port = "4900+"\nhealth_check = "true"'));
  expect(await statusOf(world, "web")).toMatchObject({
    stale: ["port"],
    stale_reason: `runs with port ${port}, which the config no longer has`,
  });
  world.writeConfig(config(`port = "${port}+"\nhealth_check = "true"`));
  expect(await statusOf(world, "web")).toMatchObject({ stale: [] });
});

test("a launch of a taskmux that kept no facts is not called stale", async () => {
  await using world = createWorld();
  await started(world);
  const path = join(world.home, ".taskmux/run/demo/tasks/web/state.json");
  const { facts: _, ...memory } = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify(memory));
  world.writeConfig(config(FIELDS, "exec sleep 2000"));
  // Its command is known all the same.
  expect(await statusOf(world, "web")).toMatchObject({ stale: [], command: COMMAND });
  // Nor are the facts of an earlier launch those of the one that runs.
  const kept = { ...memory, facts: { ..._, run: "another" } };
  writeFileSync(path, JSON.stringify(kept));
  expect(await statusOf(world, "web")).toMatchObject({ stale: [], command: COMMAND });
});

test("what a monitor has launched again has the age of the launch that it repeats", async () => {
  await using world = createWorld();
  await started(world);
  const monitor = world.spawn(["start", "-m"]);
  // Its own start is over: from now on only the monitor launches.
  await eventually(() => monitor.stdout().includes("already running"));
  const { pid } = await statusOf(world, "web");
  world.write(".env", "TOKEN=2\n");
  process.kill(pid, "SIGKILL");
  const again = await eventually(async () => {
    const item = await statusOf(world, "web");
    return item.pid !== null && item.pid !== pid && item;
  });
  expect(again).toMatchObject({ stale: ["env_file"] });
});

test("the lines that propose a restart name the config that was given", async () => {
  await using world = createWorld();
  await started(world);
  world.write(".env", "TOKEN=2\n");
  const { stdout } = await world.run(["status", "-c", "taskmux.toml"]);
  expect(stdout).toEndWith(".env: taskmux -c taskmux.toml restart web\n");
  const { stderr } = await world.run(["start", "web", "-c", "taskmux.toml"]);
  expect(stderr).toContain(".env: taskmux -c taskmux.toml restart web");
});

test("without its config nothing says that a task is stale", async () => {
  await using world = createWorld();
  await started(world);
  await world.runProgram(["rm", "taskmux.toml"]);
  world.write(".env", "TOKEN=2\n");
  const { result } = await ask(world, "status --session=demo");
  expect(result.tasks[0]).toMatchObject({ state: "running", stale: [] });
});

test("a task that refers to another's port is stale when that has another one", async () => {
  await using world = createWorld();
  const write = (port: number) =>
    world.writeConfig(
      `name = "demo"\n[tasks.api]\ncommand = "${COMMAND}"\nport = ${port}\n` +
        `[tasks.web]\ncommand = "${COMMAND}"\nenv = { API = "\${tasks.api.url}x" }\n`,
    );
  write(4197);
  await ask(world, "start");
  expect((await ask(world, "status")).result.tasks).toMatchObject([{ stale: [] }, { stale: [] }]);
  write(4198);
  expect((await ask(world, "status")).result.tasks).toMatchObject([
    { stale: ["port"], stale_reason: "runs with port 4197 instead of 4198" },
    { stale: ["port"], stale_reason: "runs with an older API" },
  ]);
});
