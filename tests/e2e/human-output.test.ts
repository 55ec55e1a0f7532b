import { expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = `name = "demo"
[tasks.web]
command = "sleep 1000"
port = 4000
[tasks.a-task-with-quite-a-long-name-that-takes-room]
command = "sleep 1000"
health_check = "echo a very long reason why this is not healthy yet, and it goes on and on and on; exit 1"
[tasks.broken]
command = "exit 7"
[tasks.console]
command = "sleep 1000"
auto_start = false
`;

const started = async (): Promise<World> => {
  const world = createWorld();
  world.writeConfig(CONFIG);
  await world.run(["start"]);
  await eventually(async () => (await statusOf(world, "broken")).state === "failed");
  return world;
};

/** What a command prints on a terminal, line by line. */
async function onTerminal(world: World, args: string[], env: Record<string, string> = {}) {
  const terminal = world.spawnOnTerminal(args, { env });
  const status = await terminal.ended();
  await eventually(() => terminal.seen().endsWith("\r\n"));
  return { status, text: terminal.seen(), lines: Bun.stripANSI(terminal.seen()).split("\r\n") };
}

test("status is a table of a line a task, with what is worth knowing of each", async () => {
  await using world = await started();
  const { stdout, stderr, exitCode } = await world.run(["status"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const [title, heading, web, long, broken, console, ...rest] = stdout.split("\n");
  expect(rest).toEqual([""]);
  expect(title).toBe("demo: 2 of 3 running, 1 manual");
  expect(heading).toMatch(/^TASK +STATE +UPTIME +PORT +URL +RESTARTS +HEALTH$/);
  expect(web).toMatch(/^web +running +\d+s +4000 +http:\/\/localhost:4000\/ +0 +\S/);
  expect(long).toMatch(
    /starting +\d+s +- +- +0 +health check exited with status 1: a very long reason/,
  );
  expect(broken).toMatch(/failed +- +- +- +0 +exit status 7/);
  expect(console).toMatch(/stopped +- +- +- +0/);
});

test("on a terminal of 80 columns no line of status or health is longer", async () => {
  await using world = await started();
  for (const command of ["status", "health"]) {
    const { lines } = await onTerminal(world, [command]);
    expect(Math.max(...lines.map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => line !== "").length).toBe(command === "status" ? 6 : 5);
  }
});

test("a terminal shows colour; a pipe, NO_COLOR and a dumb terminal don't", async () => {
  await using world = await started();
  const colour = "\u001b[";
  expect((await onTerminal(world, ["status"])).text).toContain(colour);
  expect((await onTerminal(world, ["status"], { NO_COLOR: "1" })).text).not.toContain(colour);
  expect((await onTerminal(world, ["status"], { TERM: "dumb" })).text).not.toContain(colour);
  expect((await world.run(["status"])).stdout).not.toContain(colour);
});

test("a long line in a pipe is not cut", async () => {
  await using world = await started();
  const { stdout } = await world.run(["status"]);
  expect(stdout).toContain("and it goes on and on and on");
});

test("an error and its hint are on stderr, stdout is empty", async () => {
  await using world = await started();
  const { stdout, stderr, exitCode } = await world.run(["start", "webb"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toContain("Task 'webb' not found in config");
  expect(stderr).toContain("'web'");
  expect(stderr).not.toContain("\u001b");
});

test("start says what it started, what ran already, and what failed and why", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks]
web = "sleep 1000"
broken = { command = "true", cwd = "gone" }
`);
  const first = await world.run(["start"]);
  expect(first.exitCode).toBe(1);
  expect(first.stdout).toMatch(/started .*web/);
  expect(first.stdout).toMatch(/failed broken: .*gone/);
  const second = await world.run(["start"]);
  expect(second.stdout).toMatch(/already running: .*web/);
  expect((await world.run(["stop", "web"])).stdout).toBe("stopped web\n");
  expect((await world.run(["stop", "web"])).stdout).toBe("already stopped: web\n");
  expect((await world.run(["kill", "web"])).stdout).toBe("killed web\n");
});

test("each failure is reported once, with who waits for it", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "true"
cwd = "gone"
[tasks.api]
command = "true"
depends_on = ["db"]
[tasks.job]
command = "true"
depends_on = ["db"]
`);
  const count = (text: string, part: string) => text.split(part).length - 1;
  const all = await world.run(["start"]);
  expect(all.stdout).toContain("skipped api, job: dependency 'db' is not ready\n");
  expect(all.stderr).toContain("3 of 3 tasks are not up");
  expect(count(all.stdout + all.stderr, "The cwd of task 'db'")).toBe(1);
  const one = await world.run(["start", "db"]);
  expect(count(one.stdout + one.stderr, "The cwd of task 'db'")).toBe(1);
  const several = await world.run(["start", "db", "api"]);
  expect(count(several.stdout + several.stderr, "The cwd of task 'db'")).toBe(1);
});

test("start T says nothing of dependencies that were up already", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 1000"
health_check = "true"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  await world.run(["start", "db", "--wait"]);
  // On a busy machine the check of db may take so long that it is said.
  await eventually(async () => {
    const { stdout, stderr } = await world.run(["start", "web"]);
    expect(stdout).toBe("started web\n");
    if (/^web: launched \(pid \d+\)\n$/.test(stderr)) return true;
    await world.run(["stop", "web"]);
    return false;
  });
});

test("while start waits on a terminal it shows for which task; the line is gone at the end", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "until test -f go; do sleep 0.05; done; touch up; sleep 1000"
health_check = "test -f up"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  const terminal = world.spawnOnTerminal(["start"]);
  await eventually(() => /waiting for db/.test(Bun.stripANSI(terminal.seen())));
  world.write("go", "");
  expect(await terminal.ended()).toBe(0);
  await eventually(() => terminal.seen().endsWith("\r\n"));
  const last = terminal.seen().split("\u001b[K").at(-1) ?? "";
  expect(Bun.stripANSI(last)).toContain("started db, web");
  expect(last).not.toContain("waiting");
});

test.each(["wait", "verify"])("on a terminal %s shows what it waits for now", async (command) => {
  await using world = createWorld();
  world.write("says", "one");
  world.writeConfig(`name = "demo"
[tasks.web]
command = "exec sleep 1000"
health_check = "cat says; test -f up"
`);
  await world.run(["start"]);
  const terminal = world.spawnOnTerminal([command, "web", "--timeout", "600"]);
  const shown = () => Bun.stripANSI(terminal.seen().split("\r").at(-1) ?? "");
  await eventually(() => /^waiting for web \S+: .*: one$/.test(shown()));
  world.write("says", "two");
  await eventually(() => /^waiting for web \S+: .*: two$/.test(shown()));
  world.write("up", "");
  expect(await terminal.ended()).toBe(0);
});

test("while start waits without a terminal it prints a line for each change, on stderr", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 0.3; touch up; sleep 1000"
health_check = "test -f up"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  const { stdout, stderr, exitCode } = await world.run(["start"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "started db, web\n" });
  expect(stderr).toMatch(/db: launched \(pid \d+\)\n/);
  expect(stderr).toMatch(/db: ready after /);
  expect(stderr.split("\n").filter((line) => line.startsWith("db: ready")).length).toBe(1);
  expect(stderr).not.toContain("\r");
});

test("with --json a start that waits says nothing but its JSON", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\n[tasks.db]\ncommand = "sleep 0.2; touch up; sleep 1000"\nhealth_check = "test -f up"\n',
  );
  const { stderr, exitCode } = await world.run(["start", "--wait", "--json"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});

test("check prints file, line and column of each error, as compilers do", async () => {
  await using world = createWorld();
  const path = world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "true"\nprot = 1\n');
  const { stdout, exitCode } = await world.run(["check"]);
  expect(exitCode).toBe(2);
  expect(stdout).toContain(`${path}:4:1: E103`);
  expect(stdout).toContain("port");
});

test("other commands report an invalid config with positions too", async () => {
  await using world = createWorld();
  const path = world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "true"\nprot = 1\n');
  const { stderr, stdout, exitCode } = await world.run(["start"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toContain(`${path}:4`);
  expect(stderr).toContain("prot");
});

test("a start that waited for another command says so only as long as it does", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.slow]
command = "sleep 1000"
hooks = { before_start = "until test -f first; do sleep 0.02; done" }
[tasks.web]
command = "sleep 1000"
health_check = "test -f second"
`);
  const first = world.spawn(["start", "slow"]);
  await eventually(async () => (await statusOf(world, "slow")).state === "starting");
  const terminal = world.spawnOnTerminal(["start", "web", "--wait"]);
  const shown = () => Bun.stripANSI(terminal.seen().split("\r").at(-1) ?? "");
  await eventually(() => shown().startsWith("waiting for another taskmux command"));
  world.write("first", "");
  await eventually(() => shown().startsWith("waiting for web"));
  world.write("second", "");
  expect(await terminal.ended()).toBe(0);
  await first.ended();
});

test("start -m on a terminal shows what it waits for only until it watches", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.slow]
command = "sleep 1000"
hooks = { before_start = "until test -f go; do sleep 0.02; done" }
[tasks.web]
command = "sleep 1000"
`);
  const other = world.spawn(["start", "slow"]);
  await eventually(async () => (await statusOf(world, "slow")).state === "starting");
  const terminal = world.spawnOnTerminal(["start", "web", "-m"]);
  await eventually(() => terminal.seen().includes("waiting for another"));
  world.write("go", "");
  await eventually(() => terminal.seen().includes("q leave"));
  const watching = terminal.seen().lastIndexOf("waiting for another");
  const drawn = () => terminal.seen().split("q leave").length;
  const before = drawn();
  // It draws once a second; what a live line drew would have come ten times.
  await eventually(() => drawn() > before);
  expect(terminal.seen().lastIndexOf("waiting for another")).toBe(watching);
  terminal.type("\u0003");
  await terminal.ended();
  await other.ended();
});

test("start -m keeps its head on a terminal with fewer rows than tasks", async () => {
  await using world = createWorld();
  const names = Array.from({ length: 20 }, (_, index) => `task-${index}`);
  world.writeConfig(
    `name = "demo"\n[tasks]\n${names.map((name) => `${name} = "sleep 1000"`).join("\n")}\n`,
  );
  const terminal = world.spawnOnTerminal(["start", "-m"], { rows: 15 });
  await eventually(() => terminal.seen().includes("q leave"));
  await eventually(() => {
    const frame = Bun.stripANSI(terminal.seen().split("\u001b[J").at(-1) ?? "");
    return frame.includes("demo: 20 of 20 running") && frame.includes("q leave");
  });
  const frames = () => terminal.seen().split("\u001b[J").slice(1);
  await eventually(() => /\.\.\. and \d+ more/.test(frames().at(-1) ?? ""));
  for (const frame of frames()) expect(frame.split("\n").length).toBeLessThanOrEqual(15);
  terminal.type("\u0003");
  await terminal.ended();
});

test("a stop on a terminal shows how long it waits before each signal, and only there", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.deaf]
command = "trap : INT; trap '' TERM; while :; do sleep 0.05; done"
stop_grace_period = 3
`);
  await world.run(["start"]);
  const terminal = world.spawnOnTerminal(["stop"]);
  expect(await terminal.ended()).toBe(0);
  await eventually(() => terminal.seen().endsWith("stopped deaf\r\n"));
  const seen = Bun.stripANSI(terminal.seen());
  expect(seen).toMatch(/waiting for deaf, \d s left before SIGTERM/);
  expect(seen).toMatch(/waiting for deaf, \d s left before SIGKILL/);
  expect(terminal.seen()).toContain("\r\u001b[Kstopped deaf");
  for (const flags of [[], ["--json"]]) {
    await world.run(["start"]);
    const { stdout, stderr } = await world.run(["stop", ...flags]);
    expect(stdout + stderr).not.toContain("left before");
  }
});
