import { expect, test } from "bun:test";
import { quote } from "../../src/domain/values/shell-word.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { spawnOnTerminal } from "../helpers/terminal.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const PAIR =
  'name = "demo"\n[tasks]\nweb = "echo this is web; sleep 1000"\napi = "echo this is api; sleep 1000"\n';

/** The session and window that the world's one terminal looks at. */
const looksAt = (world: World): Promise<string> =>
  world.tmux("list-clients", "-F", "#{session_name} #{window_name}");

test("attach T joins the terminal to the session at T's window, until it is left", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  for (const task of ["api", "web"]) {
    const terminal = world.spawnOnTerminal(["attach", task]);
    await eventually(async () => (await looksAt(world)) === `demo ${task}`);
    await eventually(() => terminal.seen().includes(`this is ${task}`));
    await world.tmux("detach-client", "-s", "=demo");
    expect(await terminal.ended()).toBe(0);
  }
});

test("attach joins the session where it is", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const terminal = world.spawnOnTerminal(["attach"]);
  await eventually(async () => (await looksAt(world)).startsWith("demo "));
  await world.tmux("detach-client", "-s", "=demo");
  expect(await terminal.ended()).toBe(0);
});

test("attach finds the window of a task though the user has renamed it", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { window_id } = (await ask(world, "inspect api")).result;
  await world.tmux("rename-window", "-t", window_id, "other");
  world.spawnOnTerminal(["attach", "api"]);
  await eventually(async () => (await looksAt(world)) === "demo other");
});

test("attach inside tmux switches the client to the session", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  await world.tmux("new-session", "-d", "-s", "mine", "-c", world.project, "/bin/sh");
  spawnOnTerminal(["tmux", "attach", "-t", "=mine"], { cwd: world.project, env: world.env });
  await eventually(async () => (await looksAt(world)).startsWith("mine "));
  await world.tmux("send-keys", "-t", "=mine:", `${quote(builtBinary())} attach api`, "Enter");
  await eventually(async () => (await looksAt(world)) === "demo api");
});

test("inside tmux all of the main job works", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await world.tmux("new-session", "-d", "-s", "mine", "-c", world.project, "/bin/sh");
  const script = `for c in start 'restart web' 'stop web' stop; do ${quote(builtBinary())} $c --json; echo "status $?"; done >out 2>&1; mv out done`;
  await world.tmux("send-keys", "-l", "-t", "=mine:", script);
  await world.tmux("send-keys", "-t", "=mine:", "Enter");
  const said = await eventually(() => Bun.file(`${world.project}/done`).text());
  expect([...(said.match(/"ok":\w+|status \d+/g) ?? [])]).toEqual(
    Array.from({ length: 4 }, () => ['"ok":true', "status 0"]).flat(),
  );
  expect(await world.tmux("list-sessions", "-F", "#S")).toBe("mine");
});

test("attach without a terminal is an error", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { exitCode, result } = await ask(world, "attach web");
  expect(exitCode).toBe(1);
  expect(result.ok).toBe(false);
  expect(result.error).toMatch(/terminal/i);
});

test("attach to a missing session is E300, with the next step", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  expect(await ask(world, "attach")).toMatchObject({
    exitCode: 1,
    result: { ok: false, error_code: "E300", hint: expect.stringContaining("taskmux start") },
  });
});

test("attach to a task without a window is E202, to an unknown one E200", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start web");
  expect((await ask(world, "attach api")).result.error_code).toBe("E202");
  expect((await ask(world, "attach ghost")).result.error_code).toBe("E200");
});
