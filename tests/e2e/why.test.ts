import { expect, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { listening } from "../helpers/listening.ts";
import { signal } from "../helpers/processes.ts";
import { ask, processesOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const why = async (world: World, task: string): Promise<any> => {
  const { exitCode, result } = await ask(world, `why ${task}`);
  expect(exitCode).toBe(0);
  return result;
};

test("a crash is explained by its status, the errors of this run, and who restarts it", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "test -f again || { touch again; echo Error: from before; exit 1; }; echo hello; printf '\\\\033[31mError: no database\\\\033[0m\\\\n'; echo bye; exit 3"
`);
  await world.run(["start"]);
  await eventually(async () => (await why(world, "web")).errors.length);
  await world.run(["start"]);
  const result = await eventually(async () => {
    const now = await why(world, "web");
    return now.last_exit?.exit_code === 3 && now.last_lines.length === 3 && now;
  });
  expect(result).toMatchObject({
    state: "failed",
    want: "up",
    healthy: false,
    pid: null,
    want_set: { event: "task_started" },
    last_exit: { exit_code: 3, exit_signal: null },
    causes: [
      expect.stringMatching(/^Error: no database, \d+s ago$/),
      "nothing restarts it: no monitor runs in this session",
    ],
    hint: "Try: taskmux logs web -n 50, then: taskmux start web",
  });
  expect(result.summary).toMatch(/^Task 'web' failed: it exited with status 3 after \d/);
  expect(result.errors.map(({ text }: any) => text)).toEqual(["Error: no database"]);
  expect(result.last_lines.map(({ text }: any) => text)).toEqual([
    "hello",
    "Error: no database",
    "bye",
  ]);
});

test("a command that only the task's directory has is named with its path", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "no-such-server --port 1"
cwd = "web"
`);
  world.write("web/.venv/bin/no-such-server", "#!/bin/sh\n", 0o755);
  await world.run(["start"]);
  const { causes } = await eventually(async () => {
    const now = await why(world, "web");
    return now.last_exit?.exit_code === 127 && now;
  });
  expect(causes).toContain(
    "status 127: its shell did not find the command; .venv/bin/no-such-server exists: write that path in its command",
  );
});

/** A program whose error has a place: `rate` in api/rate.js. */
const RATE = `export const rate = (order) => {
  if (!order.rate) throw new RangeError("bad rate");
};
`;

test("the place of a crash is named, by why, by start, by restart and by wait", async () => {
  await using world = createWorld();
  world.write("api/rate.js", RATE);
  world.write("api/main.js", 'import { rate } from "./rate.js";\nrate({});\n');
  world.writeConfig(`name = "demo"
[tasks.web]
command = "exec '${process.execPath}' main.js"
cwd = "api"
health_tcp = 1
[tasks.top]
command = "sleep 1000"
depends_on = ["web"]
`);
  const errors = [
    { text: "RangeError: bad rate", frames: ["api/rate.js:2 rate", "api/main.js:2"] },
  ];
  const failed = { error_code: "E215", hint: "See why: taskmux why web" };
  const start = await ask(world, "start web --wait");
  expect(start.result).toMatchObject({ ...failed, errors });
  expect((await ask(world, "restart web --wait")).result).toMatchObject({ ...failed, errors });
  expect((await ask(world, "start --wait")).result.failed).toMatchObject([{ task: "web", errors }]);
  const several = await ask(world, "start web top --wait");
  expect(several.result.results[0]).toMatchObject({ task: "web", errors });
  expect((await ask(world, "wait web")).result.results).toMatchObject([{ errors }]);
  expect(await why(world, "web")).toMatchObject({
    errors: [{ ...errors[0], task: "web", count: 1, is_cause: true }],
    run: { pid: expect.any(Number), started_at: expect.any(String) },
  });
  const { stdout } = await world.run(["why", "web"]);
  expect(stdout.split("\n")[2]).toMatch(
    /^- RangeError: bad rate \(api\/rate\.js:2 rate, api\/main\.js:2\), \d+s ago$/,
  );
  expect((await world.run(["start", "web", "--wait"])).stdout).toBe(
    "  RangeError: bad rate (api/rate.js:2 rate, api/main.js:2)\n",
  );
});

test("an error from before a task was healthy is no cause of its end", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "echo Error: no database yet; until test -f ready; do sleep 0.02; done; exec sleep 1000"
health_check = "test -f ready"
`);
  await world.run(["start"]);
  const early = await eventually(async () => {
    const now = await why(world, "web");
    return now.errors.length === 1 && now;
  });
  expect(early.errors).toMatchObject([{ is_cause: true }]);
  world.write("ready", "");
  const well = await eventually(async () => {
    const now = await why(world, "web");
    return now.state === "running" && now;
  });
  signal(well.pid, "SIGKILL");
  const dead = await eventually(async () => {
    const now = await why(world, "web");
    return now.state === "failed" && now;
  });
  expect(dead.errors).toMatchObject([{ text: "Error: no database yet", is_cause: false }]);
  expect(dead.causes[0]).toStartWith("SIGKILL");
  const { stdout } = await world.run(["why", "web"]);
  expect(stdout).toContain("errors in its output, not the cause:\n  Error: no database yet, ");
});

test("a task that isn't ready is explained by its check, its port, and what it depends on", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 1000"
health_tcp = "${port}"
port = ${port}
ready_log = "ready"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
[tasks.never]
command = "sleep 1000"
auto_start = false
cwd = "nowhere"
`);
  const start = world.spawn(["start", "--json"]);
  await eventually(async () => (await why(world, "db")).pid);
  const db = await why(world, "db");
  expect(db).toMatchObject({ state: "starting", port: { port, holders: [] } });
  expect(db.causes).toEqual([
    `nothing listens on its port ${port}`,
    expect.stringContaining("its health check (tcp) fails: "),
    "no line has matched its ready_log: ready",
  ]);
  expect(await why(world, "web")).toMatchObject({
    state: "stopped",
    want: "up",
    depends_on: [{ task: "db", state: "starting", healthy: false }],
    causes: ["it depends on 'db', which is starting"],
    hint: "Try: taskmux why db",
  });
  expect(await why(world, "never")).toMatchObject({
    want: "down",
    want_set: null,
    cwd_exists: false,
    causes: [`its working directory is missing or no directory: ${join(world.project, "nowhere")}`],
  });
  start.signal("SIGINT");
  await start.ended();
});

test("it names who holds the port: a stranger, or the task itself", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  const pid = await ports.listen(port, { cwd: world.project });
  world.writeConfig(`name = "demo"
[tasks.web]
command = "exec '${process.execPath}' -e 'Bun.listen({hostname: \\"127.0.0.1\\", port: Number(process.env.PORT), socket: {data() {}}})'"
port = ${port}
`);
  expect((await ask(world, "start web")).result.error_code).toBe("E220");
  const held = await why(world, "web");
  expect(held.port.holders).toMatchObject([{ pid, is_own: false }]);
  expect(held.causes[0]).toContain(`port ${port} is held by pid ${pid} (`);
  expect(held.hint).toContain("taskmux start web --force-port");
  signal(pid, "SIGKILL");
  await ask(world, "start web");
  const own = await eventually(async () => {
    const now = await why(world, "web");
    return now.port.holders.length > 0 && now;
  });
  expect(own.port.holders).toMatchObject([{ pid: own.pid, owner: "this task", is_own: true }]);
  expect(own).toMatchObject({ state: "running", causes: [] });
});

test("under a monitor it tells when the next restart comes, and when the task was given up", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.slow]
command = "exit 1"
restart_backoff = 60
[tasks.hopeless]
command = "exit 2"
max_restarts = 1
restart_backoff = 0
`);
  const monitor = world.spawn(["start", "-m", "--json"]);
  const waiting = await eventually(async () => {
    const now = await why(world, "slow");
    return now.state === "backoff" && now;
  });
  expect(waiting).toMatchObject({ restarts: 1, max_restarts: 5, monitor: { pid: monitor.pid } });
  expect(Date.parse(waiting.next_restart_at)).toBeGreaterThan(Date.now());
  const lost = await eventually(async () => {
    const now = await why(world, "hopeless");
    return now.summary.includes("given up after 1 restart in a row") && now;
  });
  expect(lost).toMatchObject({ state: "failed", restarts: 1 });
  monitor.signal("SIGINT");
  await monitor.ended();
});

test("a failed hook, a kill, and a job that is done are reported", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
hooks.after_start = "echo no; exit 5"
[tasks.job]
command = "true"
oneshot = true
`);
  await world.run(["start"]);
  expect((await why(world, "web")).causes).toEqual([
    expect.stringMatching(/^hook after_start failed with status 5, \d+s ago$/),
  ]);
  expect((await why(world, "job")).summary).toMatch(/^Task 'job' has finished: it exited/);
  await ask(world, "kill web");
  const killed = await why(world, "web");
  expect(killed).toMatchObject({ state: "stopped", want: "down" });
  expect(killed.summary).toMatch(/^Task 'web' was killed by \S+ \d+s ago$/);
  expect(processesOf(world, "web")).toEqual([]);
});

test("it fits a screen of 80 columns, whatever it has to tell, and shows no value of the environment", async () => {
  await using world = createWorld();
  const long = "word ".repeat(200);
  world.writeConfig(`name = "demo"
[tasks.web]
command = "for i in a b c d e f g h i; do echo Error $i ${long}; done; exit 1"
env.SECRET = "sesame"
hooks.after_start = "exit 1"
cwd = "deep/${"x".repeat(200)}"
`);
  world.write(`deep/${"x".repeat(200)}/file`, "");
  await world.run(["start"]);
  await eventually(async () => (await why(world, "web")).errors.length === 5);
  await world.runProgram(["rm", "-r", "deep"]);
  const screen = world.spawnOnTerminal(["why", "web"]);
  await screen.ended();
  const output = screen.seen();
  const lines = Bun.stripANSI(output).trimEnd().split(/\r?\n/);
  expect(lines.length).toBeLessThanOrEqual(24);
  for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80);
  expect(lines[0]).toBe("web: failed");
  expect(output).toContain("\u001b[31mfailed");
  const { stdout } = await world.run(["why", "web", "--json"]);
  expect(output + stdout).not.toContain("sesame");
});

test("an unknown task is E200, with the nearest name", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  const { result } = await ask(world, "why wbe");
  expect(result).toMatchObject({ error_code: "E200", hint: "Did you mean 'web'?" });
  expect((await ask(world, "why")).exitCode).toBe(2);
});
