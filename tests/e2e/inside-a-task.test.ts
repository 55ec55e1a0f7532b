import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { quote } from "../../src/domain/values/shell-word.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { isAlive, signal } from "../helpers/processes.ts";
import { createWorld, type World } from "../helpers/world.ts";

const read = (world: World, name: string): string | null => {
  try {
    return readFileSync(`${world.project}/${name}`, "utf8");
  } catch {
    return null;
  }
};

const pidIn = (world: World, name: string): Promise<number> =>
  eventually(() => Number(read(world, name)) || null);

async function statusOf(world: World, name = "web") {
  const { stdout } = await world.run(["status", "--json"]);
  const { tasks } = JSON.parse(stdout) as { tasks: { name: string; pid: number; state: string }[] };
  return tasks.find((task) => task.name === name)!;
}

test.each([
  ["restart web", "running"],
  ["restart 'w*'", "running"],
  ["restart", "running"],
  ["verify web --restart", "running"],
  ["stop web", "stopped"],
  ["stop", "stopped"],
  ["kill web", "stopped"],
])("`%s` typed in the task itself is done to its end", async (line, state) => {
  await using world = createWorld();
  // The first launch does it, once.
  const script = `echo $$ >pid.$(ls pid.* 2>/dev/null | wc -l)
if mkdir once 2>/dev/null; then ${quote(builtBinary())} ${line} --json; echo interrupted >never; fi
exec sleep 1000
`;
  world.write("web.sh", script);
  world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "bash web.sh"\n');
  await world.run(["start"]);
  const first = await pidIn(world, "pid.0");
  await eventually(async () => !isAlive(first) && (await statusOf(world)).state === state);
  if (state === "running") expect(await pidIn(world, "pid.1")).not.toBe(first);
  expect(read(world, "never")).toBeNull();
});

test("a restart that is refused says so where it was typed", async () => {
  await using world = createWorld();
  world.write(
    "web.sh",
    `echo >ready; read _ <go; ${quote(builtBinary())} restart web --json >said; exec sleep 1000\n`,
  );
  await world.runProgram(["mkfifo", "go"]);
  const config = (more: string) =>
    world.writeConfig(`name = "demo"\n[tasks.web]\ncommand = "exec bash web.sh"\n${more}`);
  config("");
  await world.run(["start"]);
  config('cwd = "gone"\n');
  await world.runProgram(["sh", "-c", "echo >go"]);
  const said = await eventually(() => read(world, "said") || null);
  expect(JSON.parse(said)).toMatchObject({ ok: false, error_code: "E213" });
  expect((await statusOf(world)).state).toBe("running");
});

test("an empty TASKMUX_RUN lets a process outlive the task that started it", async () => {
  await using world = createWorld();
  const start = (name: string, run: string) =>
    `${run} setsid sh -c 'echo $$ >${name}; exec sleep 1000' &`;
  world.write("web.sh", `${start("own", "")}\n${start("free", "TASKMUX_RUN=")}\nwait\n`);
  world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "exec bash web.sh"\n');
  await world.run(["start"]);
  const [own, free] = [await pidIn(world, "own"), await pidIn(world, "free")];
  await world.run(["stop"]);
  expect([isAlive(own), isAlive(free)]).toEqual([false, true]);
  signal(free, "SIGKILL");
});

test("what taskmux starts from within a task, a tmux server and its tasks, outlives that task", async () => {
  await using world = createWorld();
  const other = '[tasks.api]\ncommand = "exec sleep 1000"\n';
  world.write("other/taskmux.toml", `name = "other"\n${other}`);
  world.write("sockets/.keep", "");
  const inner = `env -u TMUX TMUX_TMPDIR=${world.project}/sockets ${quote(builtBinary())} start -c other/taskmux.toml --json >said`;
  world.write("web.sh", `${inner}\nexec sleep 1000\n`);
  world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "exec bash web.sh"\n');
  await world.run(["start"]);
  const said = await eventually(() => read(world, "said") || null);
  expect(JSON.parse(said)).toMatchObject({ ok: true });
  expect(JSON.parse((await world.run(["stop", "--json"])).stdout)).toMatchObject({ ok: true });
  const env = { TMUX_TMPDIR: `${world.project}/sockets` };
  const { stdout } = await world.run(["status", "-c", "other/taskmux.toml", "--json"], { env });
  expect(JSON.parse(stdout)).toMatchObject({ running: true, active_tasks: 1 });
  await world.run(["stop", "-c", "other/taskmux.toml"], { env });
});

test("what a task's hook leaves in the background is ended with the task", async () => {
  await using world = createWorld();
  const leave = (name: string) => `sleep 1000 & echo $! >${name}`;
  const hooks = ["before_start", "after_start"]
    .map((hook) => `${hook} = "${leave(hook)}"`)
    .join("\n");
  world.writeConfig(
    `name = "demo"\n[tasks.web]\ncommand = "exec sleep 1000"\n[tasks.web.hooks]\n${hooks}\n`,
  );
  const { stdout } = await world.run(["start", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, warnings: [] });
  const left = [await pidIn(world, "before_start"), await pidIn(world, "after_start")];
  expect(left.map(isAlive)).toEqual([true, true]);
  await world.run(["stop", "web"]);
  expect(left.map(isAlive)).toEqual([false, false]);
});

test("what a passing check, or a session's hook, leaves in the background is ended with it", async () => {
  await using world = createWorld();
  const leave = (name: string) => `sleep 1000 & echo $! >${name}`;
  world.writeConfig(`name = "demo"
[hooks]
before_start = "${leave("hook")}"
[tasks.web]
command = "exec sleep 1000"
health_check = "${leave("check")}"
`);
  await world.run(["start", "--wait"]);
  await eventually(async () => !isAlive(await pidIn(world, "hook")));
  await world.run(["health", "web"]);
  await eventually(async () => !isAlive(await pidIn(world, "check")));
  expect((await statusOf(world)).state).toBe("running");
  await world.run(["stop"]);
});
