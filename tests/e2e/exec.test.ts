import { expect, test } from "bun:test";
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { freeRange } from "../helpers/listening.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const exec = (world: World, task: string, ...words: string[]) =>
  world.run(["exec", task, "--", ...words], { env: { CLAUDECODE: "1", AGENT: "x", MINE: "m" } });

test("exec runs a command in a task's directory and environment, whether the task runs or not", async () => {
  await using world = createWorld();
  mkdirSync(join(world.project, "sub dir"));
  const first = freeRange();
  world.write(".env", "FROM_FILE=file\n");
  world.writeConfig(`
name = "shop"
[tasks.api]
port = "${first}+"
cwd = "sub dir"
env_file = ".env"
command = "exec sleep 1000"
health_check = "true"
[tasks.api.env]
OWN = "\${tasks.web.port}"
[tasks.web]
port = 5173
command = "exec sleep 1000"
`);
  const shown =
    'printf "%s|" "$PWD" "$PORT" "$OWN" "$FROM_FILE" "$MINE" "$TASKMUX_TASK" "$TASKMUX_SESSION" "${TASKMUX_RUN-none}" "${CLAUDECODE-none}" "${AGENT-none}" "$TERM"';
  const expected = (port: number) =>
    `${realpathSync(join(world.project, "sub dir"))}|${port}|5173|file|m|api|shop|none|none|none|xterm-256color|`;
  const before = await exec(world, "api", "sh", "-c", shown);
  const port = Number(before.stdout.split("|")[1]);
  expect(before).toMatchObject({ stdout: expected(port), stderr: "", exitCode: 0 });
  // The start takes the port that exec has announced.
  await ask(world, "start api");
  expect((await ask(world, "status")).result.tasks[0].port).toBe(port);
  expect((await exec(world, "api", "sh", "-c", shown)).stdout).toBe(expected(port));
});

test("exec hands words over one by one, and reads and writes pipes", async () => {
  await using world = createWorld();
  world.writeConfig('[tasks.api]\ncommand = "sleep 1000"\n');
  const hostile = ["a b", "$HOME", "'", '"', "*", ";", "--json", "", "\n", "-n", "${port}"];
  const { stdout } = await exec(world, "api", "printf", "<%s>", ...hostile);
  expect(stdout).toBe(hostile.map((word) => `<${word}>`).join(""));
  const piped = await world.run(["exec", "api", "--", "tr", "a-z", "A-Z"], { stdin: "abc\n" });
  expect(piped).toMatchObject({ stdout: "ABC\n", exitCode: 0 });
  // The end of a pipe ends it, as without taskmux.
  const head = '"$0" exec api -- yes | head -1';
  const { stdout: one } = await world.runProgram(["sh", "-c", head, builtBinary()]);
  expect(one).toBe("y\n");
});

test("exec ends as the command ends", async () => {
  await using world = createWorld();
  world.writeConfig('[tasks.api]\ncommand = "sleep 1000"\n');
  world.write("plain", "echo plain $1\n", 0o755);
  world.write("data", "x", 0o644);
  expect((await exec(world, "api", "sh", "-c", "exit 42")).exitCode).toBe(42);
  expect((await exec(world, "api", "sh", "-c", "kill -TERM $$")).exitCode).toBe(143);
  expect((await exec(world, "api", "sh", "-c", "kill -PIPE $$")).exitCode).toBe(141);
  expect((await exec(world, "api", "./plain", "1")).stdout).toBe("plain 1\n");
  const absent = await exec(world, "api", "nosuchcommand");
  expect(absent.exitCode).toBe(127);
  expect(absent.stderr).toContain("Command 'nosuchcommand' not found");
  expect(absent.stderr).not.toContain("Experimental");
  const gone = await exec(world, "api", "./gone");
  expect(gone.exitCode).toBe(127);
  expect(gone.stderr).toContain(`Can't run ${world.project}/gone: it doesn't exist`);
  expect((await exec(world, "api", "./data")).exitCode).toBe(126);
  expect((await exec(world, "nope", "ls")).exitCode).toBe(1);
  const dashes = await world.run(["exec", "api", "ls", "-l"]);
  expect(dashes.stderr).toContain("exec needs -- before the command");
});

test("C-c on the terminal goes to the command alone", async () => {
  await using world = createWorld();
  world.writeConfig('[tasks.api]\ncommand = "sleep 1000"\n');
  const script =
    "trap 'echo got; exit 7' INT; test -t 0 && test -t 1 && echo ready; while :; do sleep 0.05; done";
  const terminal = world.spawnOnTerminal(["exec", "api", "--", "sh", "-c", script]);
  await eventually(() => terminal.seen().includes("ready"));
  terminal.type("\x03");
  expect(await terminal.ended()).toBe(7);
  expect(terminal.seen()).toContain("got");
});

test("a stop of the task leaves what was executed for it, and waits for no lock of it", async () => {
  await using world = createWorld();
  world.writeConfig('[tasks.api]\ncommand = "exec sleep 1000"\nstop_grace_period = 1\n');
  await ask(world, "start");
  const script = 'echo begun; read line; echo "$line"';
  const terminal = world.spawnOnTerminal(["exec", "api", "--", "sh", "-c", script]);
  await eventually(() => terminal.seen().includes("begun"));
  expect((await ask(world, "stop")).exitCode).toBe(0);
  terminal.type("still here\r");
  expect(await terminal.ended()).toBe(0);
  expect(terminal.seen()).toContain("still here");
});
