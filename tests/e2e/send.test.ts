import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const READER = `
[tasks.reader]
command = "while IFS= read -r line; do printf '<%s>\\\\n' \\"$line\\"; printf '%s\\\\n' \\"$line\\" >>lines; done"
`;

const lines = (world: World): string[] =>
  readFileSync(join(world.project, "lines"), "utf8").split("\n").slice(0, -1);

/** Nothing of these may mean anything to tmux, to a shell, or to the command line. */
const HOSTILE = [
  "plain",
  "Enter",
  "C-c",
  "trailing;",
  ";",
  "\\;",
  "#{pid} #(id) #[fg=red] %1",
  "$HOME `id` $(id) 'single' \"double\" \\",
  "ünïcödé 😀",
  "~ ! * ? [a] {b}",
  "   blanks   ",
  "--no-enter",
  "-t",
];

test("send types any text as it is, and Enter", async () => {
  await using world = createWorld();
  world.writeConfig(READER);
  await ask(world, "start");
  for (const text of HOSTILE) {
    const { exitCode, stderr } = await world.run(["send", "reader", "--", text]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  }
  await eventuallyIs(
    () => lines(world),
    (seen) => Bun.deepEquals(seen, HOSTILE),
  );
  await world.run(["send", "reader", "one\ntwo"]);
  await world.run(["send", "reader", ""]);
  await world.run(["send", "reader", "--no-enter", "half "]);
  await world.run(["send", "reader", "whole"]);
  await eventuallyIs(
    () => lines(world).slice(HOSTILE.length),
    (seen) => Bun.deepEquals(seen, ["one", "two", "", "half whole"]),
  );
  expect(await world.tmux("list-buffers")).toBe("");
});

test("send reaches the program while somebody reads in copy mode", async () => {
  await using world = createWorld();
  world.writeConfig(READER);
  await ask(world, "start");
  const [pane = ""] = (await world.tmux("list-panes", "-a", "-F", "#{pane_id}")).split("\n");
  await world.tmux("copy-mode", "-t", pane);
  await world.run(["send", "reader", "q"]);
  await eventuallyIs(
    () => lines(world),
    (seen) => Bun.deepEquals(seen, ["q"]),
  );
  // Before tmux 3.2 nothing reaches a pane in copy mode.
  const isLeft = /^tmux 3\.[01]\D?$/.test(await world.tmux("-V"));
  expect(await world.tmux("list-panes", "-a", "-F", "#{pane_in_mode}")).toBe(isLeft ? "0" : "1");
  await world.tmux("copy-mode", "-t", pane);
  const pressed = await world.run(["send", "reader", "--key", "x", "--key", ";", "--key", "Enter"]);
  expect(pressed.exitCode).toBe(0);
  await eventuallyIs(
    () => lines(world),
    (seen) => Bun.deepEquals(seen, ["q", "x;"]),
  );
});

test("send answers a program that doesn't echo, and presses keys", async () => {
  await using world = createWorld();
  world.writeConfig(`
[tasks.prompt]
shell = "bash"
command = "trap 'echo int >caught' INT; read -rsp 'Password: ' secret; printf '%s' \\"$secret\\" >secret; echo; while :; do sleep 0.05; done"
`);
  await ask(world, "start");
  // What is typed before the program has turned that off is echoed.
  const [terminal = ""] = (await world.tmux("list-panes", "-a", "-F", "#{pane_tty}")).split("\n");
  const modes = async () => (await world.runProgram(["sh", "-c", `stty -a <${terminal}`])).stdout;
  await eventually(async () => / -echo /.test(await modes()));
  const sent = await ask(world, "send prompt hunter2;");
  expect(sent.result).toEqual({
    ok: true,
    task: "prompt",
    action: "sent",
    pid: expect.any(Number),
  });
  const read = (name: string) => readFileSync(join(world.project, name), "utf8");
  await eventuallyIs(
    () => read("secret"),
    (seen) => Bun.deepEquals(seen, "hunter2;"),
  );
  await ask(world, "send prompt --key C-c");
  await eventuallyIs(
    () => read("caught"),
    (seen) => Bun.deepEquals(seen, "int\n"),
  );
  expect((await world.run(["logs", "prompt"])).stdout).not.toContain("hunter2");
});

test("send refuses what can't be sent, and where nothing would read it", async () => {
  await using world = createWorld();
  world.writeConfig(READER);
  expect((await ask(world, "send reader x")).result).toMatchObject({
    ok: false,
    error_code: "E202",
    error: "Task 'reader' is not running",
  });
  await ask(world, "start");
  await ask(world, "stop reader");
  expect((await ask(world, "send reader x")).result.error_code).toBe("E202");
  expect((await ask(world, "send raeder x")).result.error_code).toBe("E200");
  expect((await ask(world, "send reader")).result.error_code).toBe("E500");
  expect((await ask(world, "send reader --key Foo")).result.error).toContain("not 'Foo'");
});
