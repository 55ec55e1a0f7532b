import { expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const config = `name = "demo"
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
  world.writeConfig(config);
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
  expect(title).toBe("demo: 2 of 4 running");
  expect(heading).toMatch(/^TASK +STATE +UPTIME +PORT +RESTARTS +HEALTH$/);
  expect(web).toMatch(/^web +running +\d+s +4000 +0 +\S/);
  expect(long).toMatch(/starting +\d+s +- +0 +.*a very long reason/);
  expect(broken).toMatch(/failed +- +- +0 +exit status 7/);
  expect(console).toMatch(/stopped +- +- +0/);
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

test("with --json a start that waits says nothing beside its JSON", async () => {
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

test("a bad config is told with its places by the other commands too", async () => {
  await using world = createWorld();
  const path = world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "true"\nprot = 1\n');
  const { stderr, stdout, exitCode } = await world.run(["start"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toContain(`${path}:4`);
  expect(stderr).toContain("prot");
});
