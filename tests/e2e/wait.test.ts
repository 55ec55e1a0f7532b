import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { signal } from "../helpers/processes.ts";
import { logHub } from "../helpers/log-hub.ts";
import { ask, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type RunOptions, type World } from "../helpers/world.ts";

// Nothing here measures time: a wait that should end at once has a timeout that no test would sit through.

/** Begins a wait, and returns once it has said that it waits; its answer comes later. */
async function begin(world: World, line: string) {
  const words = ["wait", ...line.split(" ")];
  const person = world.spawn(words);
  const agent = world.spawn([...words, "--json"]);
  await eventuallyIs(person.stderr, (said) => said.includes("waiting:"));
  return async () => {
    const { exitCode, stderr } = await person.ended();
    const answer = said(await agent.ended(), "waitSchema");
    expect(answer.exitCode).toBe(exitCode);
    return { ...answer, stderr };
  };
}

const summary = ({ exitCode, result }: { exitCode: number; result: any }) => ({
  exitCode,
  code: result.error_code,
  holds: result.results.map(({ holds }: any) => holds),
  reasons: result.results.map(({ reason }: any) => reason),
});

const waitFor = async (world: World, line: string, options?: RunOptions) =>
  summary(await ask(world, `wait ${line}`, options));

test("--new waits for a line that is printed from now on, in this launch or the next", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "echo ready; until test -f more; do sleep 0.02; done; echo ready again; exec sleep 1000"
`);
  await ask(world, "start web");
  expect((await ask(world, "wait web --log=ready")).result.results[0].line).toBe("ready");
  const now = await waitFor(world, "web --log=ready --new --timeout=0");
  expect(now).toMatchObject({ exitCode: 124, holds: [false] });
  // A person's command says when it has begun: what is printed before isn't new to it.
  const line = async (pattern: string, act: () => unknown) => {
    const waiting = world.spawn(["wait", "web", `--log=${pattern}`, "--new", "--timeout=600"]);
    await eventually(() => waiting.stderr().includes("waiting:"));
    await act();
    return (await waiting.ended()).stdout;
  };
  expect(await line("ready", () => world.write("more", ""))).toContain("printed: ready again\n");
  expect(await line("^ready$", () => ask(world, "restart web"))).toContain("printed: ready\n");
  expect((await ask(world, "wait web --new")).result).toMatchObject({
    error_code: "E500",
    error: "--new needs --log REGEX",
  });
});

test("it returns once the health check passes, which it runs itself where no monitor does", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
health_check = "test -f up"
health_interval = 1000
`);
  await ask(world, "start web");
  expect(await waitFor(world, "web --timeout=0")).toMatchObject({ exitCode: 124, code: "E214" });
  const answer = await begin(world, "web --timeout=600");
  world.write("up", "");
  const { result, ...rest } = await answer();
  expect(summary({ result, ...rest })).toEqual({
    exitCode: 0,
    code: undefined,
    holds: [true],
    reasons: ["is healthy"],
  });
  expect(result).toMatchObject({ for: "healthy", log: null, timed_out: false });
  expect(result.results[0].pid).toBe((await statusOf(world, "web")).pid);
  expect(await waitFor(world, "web --timeout=0")).toMatchObject({ exitCode: 0 });
});

test("a result from before is not believed: a task that has become unhealthy is not healthy", async () => {
  await using world = createWorld();
  world.write("up", "");
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
health_check = "test -f up && echo fine || { echo gone; false; }"
`);
  await ask(world, "start --wait");
  await world.runProgram(["rm", "up"]);
  const { exitCode, reasons } = await waitFor(world, "web --timeout=0");
  expect({ exitCode, reasons }).toEqual({
    exitCode: 124,
    reasons: [expect.stringContaining("gone")],
  });
});

test("with a monitor it goes by the monitor's results, and through a crash to the next launch", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
health_check = "test -f up"
health_interval = 0.2
health_retries = 1000
`);
  world.write("up", "");
  const monitor = world.spawn(["start", "-m", "--json"]);
  await eventually(async () => (await statusOf(world, "web")).healthy);
  const { pid } = await statusOf(world, "web");
  await world.runProgram(["rm", "up"]);
  await eventually(async () => (await statusOf(world, "web")).state === "unhealthy");
  const answer = await begin(world, "web --timeout=600");
  signal(pid, "SIGKILL");
  await eventually(async () => ![null, pid].includes((await statusOf(world, "web")).pid));
  world.write("up", "");
  const { exitCode, result } = await answer();
  expect(exitCode).toBe(0);
  expect(result.results[0].pid).not.toBe(pid);
  monitor.signal("SIGINT");
  await monitor.ended();
});

test("a line that was printed before counts, and of a launch before this one it doesn't", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "printf 'Listening on \\\\033[32m3000\\\\033[0m\\\\n'; test -f quiet || echo Ready; sleep 1000"
`);
  await ask(world, "start web");
  const { exitCode, result } = await ask(world, "wait web --log=on.3000$ --timeout=600");
  expect({ exitCode, line: result.results[0].line }).toEqual({
    exitCode: 0,
    line: "Listening on 3000",
  });
  expect(await waitFor(world, "web --log=Ready --timeout=600")).toMatchObject({ exitCode: 0 });
  world.write("quiet", "");
  await ask(world, "restart web");
  expect(await waitFor(world, "web --log=Listening --timeout=600")).toMatchObject({ exitCode: 0 });
  expect(await waitFor(world, "web --log=Ready --timeout=0.1")).toMatchObject({ exitCode: 124 });
  // Not our own line, which shows the command.
  expect(await waitFor(world, "web --log=started --timeout=0")).toMatchObject({ exitCode: 124 });
});

test("a line counts that comes while it waits, of a later launch too", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "test -f loud && echo Ready; sleep 1000"
`);
  await ask(world, "start web");
  const answer = await begin(world, "web --log=^Ready$ --timeout=600");
  world.write("loud", "");
  await ask(world, "restart web");
  expect(summary(await answer())).toMatchObject({ exitCode: 0, reasons: ["printed: Ready"] });
});

test("--log with --for: both must hold; the last line of a process that is gone counts", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.job]
command = "test -f loud && echo almost; test -f loud && { printf 'the end'; exit 4; }; sleep 1000"
restart_policy = "no"
[tasks.web]
command = "echo Ready; sleep 1000"
health_check = "test -f up"
`);
  await ask(world, "start web");
  expect(await waitFor(world, "web --log=Ready --for=healthy --timeout=0.2")).toMatchObject({
    exitCode: 124,
    reasons: [expect.stringContaining("is not healthy")],
  });
  world.write("up", "");
  expect(await waitFor(world, "web --log=Ready --for=healthy")).toMatchObject({ exitCode: 0 });
  world.write("loud", "");
  await world.run(["start", "job"]);
  const { exitCode, result } = await ask(world, "wait job --for=exited --log=end$ --timeout=600");
  expect({ exitCode, one: result.results[0] }).toMatchObject({
    exitCode: 0,
    one: { exit_code: 4, exit_signal: null, line: "the end", state: "failed" },
  });
  expect(await waitFor(world, "job --log=nothing --timeout=600")).toMatchObject({
    exitCode: 1,
    code: "E215",
  });
});

/** A signal takes its time to every thread of a process. */
function isStopped(pid: number): boolean {
  const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", `${pid}`]);
  return stdout.toString().startsWith("T");
}

test("--for exited tells how it ended, also where a monitor has launched it again since", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
restart_policy = "always"
`);
  const monitor = world.spawn(["start", "-m", "--json"]);
  await eventually(async () => (await statusOf(world, "web")).pid);
  const { pid } = await statusOf(world, "web");
  const answer = await begin(world, "web --for=exited --timeout=600");
  const slow = world.spawn(["wait", "web", "--for", "exited", "--timeout", "600"]);
  await eventually(() => slow.stderr().includes("waiting:"));
  // It has seen the task before the end, and sees it again when the next launch is up.
  slow.signal("SIGSTOP");
  await eventually(() => isStopped(slow.pid));
  signal(pid, "SIGTERM");
  await eventually(async () => ![null, pid].includes((await statusOf(world, "web")).pid));
  slow.signal("SIGCONT");
  const { exitCode, result } = await answer();
  expect({ exitCode, signal: result.results[0].exit_signal }).toEqual({
    exitCode: 0,
    signal: "SIGTERM",
  });
  expect(await slow.ended()).toMatchObject({
    exitCode: 0,
    stdout: "ok  web  running  was ended by SIGTERM\n",
  });
  monitor.signal("SIGINT");
  await monitor.ended();
});

test("the last lines of a process that is gone are waited for until they are in the log", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.job]
command = "until test -f go; do sleep 0.05; done; echo the end; exit 1"
restart_policy = "no"
`);
  await ask(world, "start");
  const hub = await eventually(() => logHub(world));
  signal(hub, "SIGSTOP");
  world.write("go", "");
  await eventually(async () => (await statusOf(world, "job")).state === "failed");
  const answer = await begin(world, "job --log=^the.end$ --timeout=600");
  signal(hub, "SIGCONT");
  expect(summary(await answer())).toMatchObject({ exitCode: 0, reasons: ["printed: the end"] });
});

test("it fails at once where what it waits for can't come any more", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.crash]
command = "exit 7"
[tasks.never]
command = "sleep 1000"
auto_start = false
[tasks.web]
command = "sleep 1000"
`);
  await world.run(["start"]);
  const timeout = "--timeout=600";
  expect(await waitFor(world, `crash ${timeout}`)).toEqual({
    exitCode: 1,
    code: "E215",
    holds: [false],
    reasons: ["exited with status 7"],
  });
  expect(await waitFor(world, `never ${timeout}`)).toMatchObject({ exitCode: 1, code: "E202" });
  expect(await waitFor(world, `web crash ${timeout}`)).toMatchObject({
    exitCode: 1,
    holds: [true, false],
  });
  expect(await waitFor(world, `crash --for=stopped ${timeout}`)).toMatchObject({ exitCode: 1 });
  expect(await waitFor(world, `crash --for=exited ${timeout}`)).toMatchObject({ exitCode: 0 });
  expect(await waitFor(world, `never --for=stopped ${timeout}`)).toMatchObject({ exitCode: 0 });
});

test("a stop from another terminal ends it: a failure, unless that was waited for", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "trap 'echo bye; exit 0' INT; while :; do sleep 0.1; done"
shell = "sh"
health_check = "false"
`);
  await ask(world, "start web");
  await eventually(() => readLog(world).includes("started pid"));
  const answers = await Promise.all(
    ["", "--for=exited", "--for=stopped", "--for=stopped --log=bye", "--log=bye"].map((flags) =>
      begin(world, `web --timeout=600 ${flags}`.trim()),
    ),
  );
  await ask(world, "stop web");
  const codes = await Promise.all(answers.map(async (answer) => (await answer()).exitCode));
  expect(codes).toEqual([1, 1, 0, 0, 0]);
});

const readLog = (world: World): string =>
  readFileSync(join(world.home, ".taskmux/logs/demo/web.log"), "utf8");

test("a restart while it waits is no end", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
health_check = "test -f up"
`);
  await ask(world, "start web");
  const { pid } = await statusOf(world, "web");
  const [healthy, exited] = [
    await begin(world, "web --timeout=600"),
    await begin(world, "web --for=exited --timeout=600"),
  ];
  await ask(world, "restart web");
  world.write("up", "");
  const { exitCode, result } = await healthy();
  expect(exitCode).toBe(0);
  expect(result.results[0].pid).not.toBe(pid);
  signal(result.results[0].pid, "SIGKILL");
  expect((await exited()).result.results[0].exit_signal).toBe("SIGKILL");
});

test("a task that waits for its dependency is waited for", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 1000"
health_check = "test -f up"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  const start = world.spawn(["start", "--json"]);
  await eventually(async () => (await statusOf(world, "web")).want === "up");
  expect(await waitFor(world, "web --timeout=0")).toMatchObject({
    exitCode: 124,
    reasons: ["has not been launched: it depends on db"],
  });
  // What depends on it may be recorded before it.
  await eventually(async () => (await statusOf(world, "db")).want === "up");
  const answer = await begin(world, "db web --timeout=600");
  world.write("up", "");
  expect(summary(await answer())).toMatchObject({ exitCode: 0, holds: [true, true] });
  await start.ended();
});

test("time up is 124, an interruption 130, an unknown task or a wrong flag no wait at all", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "sleep 1000"\nhealth_check = "false"\n');
  await ask(world, "start web");
  const late = await ask(world, "wait web --timeout=0.3");
  expect(late).toMatchObject({
    exitCode: 124,
    result: { ok: false, error_code: "E214", timed_out: true, hint: "See why: taskmux why web" },
  });
  expect(late.result.elapsed_ms).toBeGreaterThanOrEqual(300);
  const running = world.spawn(["wait", "web"]);
  await eventually(() => running.stderr().includes("waiting:"));
  running.signal("SIGINT");
  expect((await running.ended()).exitCode).toBe(130);
  expect((await ask(world, "wait ghost")).result.error_code).toBe("E200");
  for (const line of ["wait", "wait web --for=happy", "wait web --log=(", "wait web --timeout=x"])
    expect(await ask(world, line)).toMatchObject({ exitCode: 2, result: { error_code: "E500" } });
  const { stdout, stderr } = await world.run(["wait", "web", "--for", "exitd"]);
  expect({ stdout, hint: stderr.includes("Did you mean 'exited'?") }).toEqual({
    stdout: "",
    hint: true,
  });
});

test("a session of another config is no answer", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "sleep 1000"\n');
  await ask(world, "start");
  const other = world.writeConfig(
    'name = "demo"\n[tasks.web]\ncommand = "sleep 1000"\n',
    "other/taskmux.toml",
  );
  for (const command of ["wait", "why"])
    expect((await ask(world, `${command} web --config=${other}`)).result.error_code).toBe("E302");
});
