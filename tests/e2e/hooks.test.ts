import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, processesOf, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const NAMES = ["before_start", "after_start", "before_stop", "after_stop"];

/** Every hook, each writing down who it is; so do the launch and the end of the task. */
function everyHook(world: World): string {
  const order = join(world.project, "order");
  const hooks = (who: string) =>
    NAMES.map((name) => `${name} = "echo ${who} $TASKMUX_HOOK >>${order}"`).join("\n");
  return `name = "demo"
[hooks]
${hooks("all")}
[tasks.web]
command = "echo launch >>${order}; trap 'echo end >>${order}; exit' INT; touch up; while :; do sleep 0.05; done"
health_check = "test -f up"
[tasks.web.hooks]
${hooks("web")}
`;
}

const order = (world: World): string[] =>
  readFileSync(join(world.project, "order"), "utf8").trim().split("\n");

test.each([
  ["start", "stop"],
  ["start web", "stop web"],
])("the hooks around %s and %s run in their order", async (start, stop) => {
  await using world = createWorld();
  world.writeConfig(everyHook(world));
  await ask(world, `${start} --wait`);
  const started = order(world);
  // Between launch and after_start the task runs at the same time.
  expect(started.filter((line) => line !== "launch")).toEqual([
    "all before_start",
    "web before_start",
    "web after_start",
    "all after_start",
  ]);
  expect(started.indexOf("launch")).toBeGreaterThan(started.indexOf("web before_start"));
  await ask(world, stop);
  expect(order(world).slice(5)).toEqual([
    "all before_stop",
    "web before_stop",
    "end",
    "web after_stop",
    "all after_stop",
  ]);
});

// Regression: "all `before_stop` results are ignored."
test("restart runs the hooks of the stop, then those of the start", async () => {
  await using world = createWorld();
  world.writeConfig(everyHook(world));
  await ask(world, "start --wait");
  const before = order(world).length;
  await ask(world, "restart web --wait");
  const hooks = order(world)
    .slice(before)
    .filter((line) => line.startsWith("web"));
  expect(hooks).toEqual([
    "web before_stop",
    "web after_stop",
    "web before_start",
    "web after_start",
  ]);
});

test("a task's hooks run once for each launch, not for one that is left alone", async () => {
  await using world = createWorld();
  world.writeConfig(everyHook(world));
  await ask(world, "start --wait");
  await ask(world, "start --wait");
  expect(order(world).filter((line) => line === "web before_start")).toEqual(["web before_start"]);
});

const withHook = (hook: string, command: string, more = ""): string => `name = "demo"
[tasks.web]
command = "touch launched; sleep 1000"
hooks = { ${hook} = "${command}" }
[tasks.api]
command = "sleep 1000"
${more}`;

// Regression: "A failing `before_start` of a task is ignored by `start` of all and `restart`." "The hook's status is lost."
test.each(["start", "start web", "restart", "restart web", "start web api"])(
  "a before_start of a task that fails aborts its launch alone by E400 in %s, with status and output",
  async (line) => {
    await using world = createWorld();
    world.writeConfig(withHook("before_start", "echo no database here >&2; exit 42"));
    const { exitCode, result } = await ask(world, line);
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({ ok: false, error_code: "E400" });
    for (const part of ["before_start", "'web'", "42", "no database here"]) {
      expect(result.error).toContain(part);
    }
    expect(existsSync(join(world.project, "launched"))).toBe(false);
    const isOfAll = !line.includes("web") || line.includes("api");
    if (isOfAll) expect((await statusOf(world, "api")).state).toBe("running");
  },
);

test.each(["stop web", "restart web"])(
  "a before_stop of a task that fails aborts its stop by E400 in %s",
  async (line) => {
    await using world = createWorld();
    world.writeConfig(withHook("before_stop", "echo busy; exit 3"));
    await ask(world, "start");
    const { pid } = await statusOf(world, "web");
    const { exitCode, result } = await ask(world, line);
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({ ok: false, error_code: "E400" });
    expect(result.error).toContain("3");
    expect(result.error).toContain("busy");
    expect(await statusOf(world, "web")).toMatchObject({ pid, want: "up" });
  },
);

test("stop ends the others if a task's before_stop fails, and the session stays for that one", async () => {
  await using world = createWorld();
  world.writeConfig(withHook("before_stop", "exit 3"));
  await ask(world, "start");
  const { exitCode, result } = await ask(world, "stop");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ ok: false, error_code: "E400", tasks: ["api"] });
  expect((await ask(world, "status")).result).toMatchObject({ running: true, active_tasks: 1 });
});

test.each([
  ["before_start", "start"],
  ["before_start", "start api"],
  ["before_stop", "stop"],
  ["before_stop", "stop api"],
])("a global %s that fails aborts all of %s by E400", async (hook, line) => {
  await using world = createWorld();
  const tasks = '[tasks]\nweb = "sleep 1000"\napi = "sleep 1000"\n';
  world.writeConfig(
    `name = "demo"\n[hooks]\n${hook} = "test -f fine || { echo no; exit 9; }"\n${tasks}`,
  );
  if (hook === "before_stop") {
    await ask(world, "start");
  }
  const active = async () => (await ask(world, "status")).result.active_tasks;
  const before = await active();
  const { exitCode, result } = await ask(world, line);
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ ok: false, error_code: "E400" });
  expect(result.error).toContain("9");
  expect(await active()).toBe(before);
});

test.each([
  ["after_start", "start web"],
  ["after_start", "start"],
  ["after_stop", "stop web"],
  ["after_stop", "stop"],
])("an %s that fails is a warning of %s", async (hook, line) => {
  await using world = createWorld();
  world.writeConfig(withHook(hook, "echo oh; exit 5", `[hooks]\n${hook} = "exit 6"\n`));
  if (hook === "after_stop") await ask(world, "start");
  const { exitCode, result } = await ask(world, line);
  expect(exitCode).toBe(0);
  const warnings = result.warnings.join("\n");
  expect(warnings).toMatch(/'web'.*5.*oh/);
  expect(warnings).toMatch(/Hook after_\w+ .*6/);
});

// Regression: "Checks and hooks run in the caller's directory, not the task's."
test("a task's hooks run in its directory with its environment, global ones in the config's", async () => {
  await using world = createWorld();
  world.write("app/x", "");
  const path = world.writeConfig(`name = "demo"
[hooks]
before_start = "echo $PWD $TASKMUX_SESSION \${TASKMUX_TASK-none} $WHO >global"
[env]
WHO = "top"
[tasks.web]
command = "sleep 1000"
cwd = "app"
env = { WHO = "web" }
port = 4321
hooks = { before_start = "echo $PWD $TASKMUX_SESSION $TASKMUX_TASK $WHO $PORT >task" }
`);
  await ask(world, `start --config=${path}`, { cwd: "/" });
  const read = (name: string) => readFileSync(join(world.project, name), "utf8");
  expect(read("global")).toBe(`${world.project} demo none top\n`);
  expect(read("app/task")).toBe(`${world.project}/app demo web web 4321\n`);
});

test("a hook runs in the config's shell", async () => {
  await using world = createWorld();
  world.writeConfig(withHook("before_start", "[[ a == a ]] && source ./env && test $WHO = me"));
  world.write("env", "WHO=me\n");
  expect((await ask(world, "start web")).exitCode).toBe(0);
});

test("an interrupted start ends the hook that it runs, with all that the hook started", async () => {
  await using world = createWorld();
  world.writeConfig(withHook("before_start", "setsid sleep 1000 & touch begun; sleep 1000"));
  const starting = world.spawn(["start", "web", "--json"]);
  await eventually(() => existsSync(join(world.project, "begun")));
  const hook = await eventuallyIs(
    () => processesOf(world, "web"),
    (found) => found.length > 1,
  );
  starting.signal("SIGINT");
  expect((await starting.ended()).exitCode).toBe(130);
  await eventually(() => !hook.some(isAlive));
});

test("a hook's text is never expanded by tmux, nor its output", async () => {
  await using world = createWorld();
  world.writeConfig(withHook("before_start", "echo '#(touch pwned) #{pid} %Y'; exit 1"));
  const { result } = await ask(world, "start web");
  expect(result.error).toContain("#(touch pwned) #{pid} %Y");
  expect(existsSync(join(world.project, "pwned"))).toBe(false);
});
