import { expect, test } from "bun:test";
import { version } from "../../package.json";
import { builtBinary } from "../helpers/binary.ts";
import { ask, said } from "../helpers/schemas.ts";
import { eventually } from "../helpers/eventually.ts";
import { createWorld } from "../helpers/world.ts";

const CONFIG = 'name = "demo"\n[tasks]\nweb = "sleep 1000"\n';

// Regression: "`status --json` (its page's own form) is refused, only `--json status` works."
test.each([
  ["status --json", "before and after"],
  ["--json status", "the command"],
])("%s: flags stand %s", async (line) => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const { exitCode, result } = said(await world.run(line.split(" ")), "statusSchema");
  expect({ exitCode, session: result.session }).toEqual({ exitCode: 0, session: "demo" });
});

test("flags stand between names too, and a value after its flag or an equals sign", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  const words = ["--config", path, "start", "--json", "web", "--session", "other", "--wait"];
  const { result } = said(await world.run([...words, "--timeout", "5s"]), "startTaskSchema");
  expect(result).toMatchObject({ ok: true, task: "web", action: "started" });
});

test("after -- all words are names", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const { exitCode, result } = said(await world.run(["stop", "--json", "--", "--json"]), null);
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ error_code: "E200", error: expect.stringContaining("--json") });
  const plain = await world.run(["stop", "--", "web"]);
  expect(plain.exitCode).toBe(0);
  const forPeople = await world.run(["stop", "--", "--json"]);
  expect(forPeople).toMatchObject({ exitCode: 1, stdout: "" });
  expect(forPeople.stderr).toContain("--json");
});

test.each([
  ["statsu", "E501", "status"],
  ["strat web", "E501", "start"],
  ["zzzzzz", "E501", "--help"],
  // None of these is near: `top` for `stop` would do nothing of what was meant.
  ["monitor", "E501", "--help"],
  ["tpo", "E501", "top"],
  ["logs -E err.*", "E500", "taskmux logs -E -g 'err.*'"],
  ["logs web -E err.*", "E500", "taskmux logs web -E -g 'err.*'"],
  ["logs web -E", "E500", "taskmux logs web -E -g TEXT"],
  ["start --wiat", "E500", "--wait"],
  ["status --jsonn", "E500", "--json"],
  ["stop --no-deps", "E500", ""],
  ["start --timeout=soon", "E500", ""],
  ["start --wait=yes", "E500", ""],
  ["status --config", "E500", ""],
  ["status web", "E500", ""],
  ["health web", "E500", ""],
  ["attach web api", "E500", ""],
])("'%s' is %s, with a suggestion, and exits 2", async (line, code, hint) => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const { exitCode, result } = said(await world.run(["--json", ...line.split(" ")]), null);
  expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 2, code });
  if (hint !== "") expect(result.hint).toContain(hint);
  const plain = await world.run(line.split(" "));
  expect({ exitCode: plain.exitCode, stdout: plain.stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(plain.stderr).toContain(result.error);
});

test.each([
  "start",
  "up",
  "stop",
  "down",
  "restart",
  "kill",
  "status",
  "list",
  "ls",
  "health",
  "inspect",
  "attach",
  "check",
])("%s has a help of its own, by -h and --help, on stdout, without a config", async (command) => {
  await using world = createWorld();
  for (const flag of ["-h", "--help"]) {
    const { exitCode, stdout, stderr } = await world.run([command, flag]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("--json");
    expect(stdout).not.toContain("\u001b");
  }
});

test("taskmux alone shows the help, with every command", async () => {
  await using world = createWorld();
  for (const args of [[], ["--help"]]) {
    const { exitCode, stdout } = await world.run(args);
    expect(exitCode).toBe(0);
    for (const command of ["start", "stop", "restart", "kill", "status", "health", "inspect"]) {
      expect(stdout).toContain(command);
    }
  }
});

test.each(["-V", "--version"])("%s tells the version", async (flag) => {
  await using world = createWorld();
  expect((await world.run([flag])).stdout).toContain(version);
  expect(said(await world.run([flag, "--json"]), null).result.version).toBe(version);
});

test("a reader that goes away is no error", async () => {
  await using world = createWorld();
  const tasks = Array.from({ length: 400 }, (_, index) => `t${index} = "${"x".repeat(300)}"`);
  world.writeConfig(`name = "demo"\n[tasks]\n${tasks.join("\n")}\n`);
  const piped = `"$0" status --json | head -c 10; "$0" status --json | wc -l`;
  const { stdout, stderr } = await world.runProgram(["sh", "-c", piped, builtBinary()]);
  expect({ stdout: stdout.replace(/ +/g, ""), stderr }).toEqual({
    stdout: '{"session"1\n',
    stderr: "",
  });
});

test("every failed command exits non-zero, and every good one 0, without --json too", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const statuses: Record<string, number> = {};
  const lines = [
    "status",
    "start",
    "start web",
    "start ghost",
    "stop web",
    "stop",
    "restart ghost",
    "kill ghost",
    "inspect ghost",
    "health",
  ];
  for (const line of lines) statuses[line] = (await world.run(line.split(" "))).exitCode;
  expect(statuses).toEqual({
    status: 0,
    start: 0,
    "start web": 0,
    "start ghost": 1,
    "stop web": 0,
    stop: 0,
    "restart ghost": 1,
    "kill ghost": 1,
    "inspect ghost": 1,
    health: 0,
  });
  expect((await ask(world, "status")).result.running).toBe(false);
});

test("names that people know from other programs mean what they stand for", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  expect((await world.run(["start", "--help"])).stdout).toContain("Also called:\n  up\n");
  expect((await world.run(["up", "web", "--json"])).json()).toMatchObject({ action: "started" });
  // The log begins with a line of taskmux, and one more comes with each start.
  await world.run(["restart", "web"]);
  const linesOf = async (flag: string, count: string) =>
    (await world.run(["logs", "web", flag, count, "--json"])).json().lines.length;
  await eventually(async () => (await linesOf("-n", "9")) > 1);
  expect([await linesOf("-t", "1"), await linesOf("--tail", "1")]).toEqual([1, 1]);
  expect((await world.run(["ps", "-a", "--json"])).exitCode).toBe(0);
  expect((await world.run(["down", "--json"])).json()).toMatchObject({ action: "stopped" });
});
