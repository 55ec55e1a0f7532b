import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const HOSTILE = "a #{x} #(touch pwned) %Y ;$(touch pwned) `touch pwned` 'q\" \\ \u00e9\u{1f600}";

/** Whether anything has run that only a name told to run. */
async function pwned(world: World): Promise<string> {
  const { stdout } = await world.runProgram(["find", world.root, "-name", "pwned"]);
  return stdout;
}

async function doesTheMainJob(
  world: World,
  options: { cwd: string; env?: Record<string, string> },
) {
  const go = async (line: string) => await ask(world, line, options);
  expect((await go("start --wait")).result).toMatchObject({ ok: true, tasks: ["web"] });
  const { result } = await go("inspect web");
  expect(result).toMatchObject({ state: "running", cwd: options.cwd });
  expect((await go("restart web")).result).toMatchObject({ ok: true, action: "restarted" });
  expect((await go("health")).exitCode).toBe(0);
  expect((await go("stop web")).result).toMatchObject({ ok: true, action: "stopped" });
  await eventually(() => readFileSync(result.log_file, "utf8").includes(`in ${options.cwd}`));
  expect((await go("start web")).result.action).toBe("started");
  expect((await go("kill web")).result.action).toBe("killed");
  expect((await go("stop")).result.ok).toBe(true);
  expect(await pwned(world)).toBe("");
}

const CONFIG = `name = "demo"
[tasks.web]
command = "echo in $PWD; sleep 1000"
health_check = "true"
hooks = { before_start = "true" }
`;

test("a project directory whose name means something to tmux and shells is only a directory", async () => {
  await using world = createWorld();
  const cwd = join(world.project, HOSTILE);
  mkdirSync(cwd);
  writeFileSync(join(cwd, "taskmux.toml"), CONFIG);
  await doesTheMainJob(world, { cwd });
});

test.each([HOSTILE, "#[fg=red] h #{x} #,", "-rf", "two\nlines"])(
  "a HOME called %j is only a directory",
  async (name) => {
    await using world = createWorld();
    const HOME = join(world.root, name);
    mkdirSync(HOME);
    world.writeConfig(CONFIG);
    await doesTheMainJob(world, { cwd: world.project, env: { HOME } });
    expect(existsSync(join(HOME, ".taskmux/logs/demo/web.log"))).toBe(true);
  },
);

test("a command is expanded by its shell alone: what means something to tmux arrives as it is", async () => {
  await using world = createWorld();
  const text = "#{pid} #(touch pwned) #[fg=red] %Y-%m ; \\; #S";
  world.writeConfig(
    `name = "demo"\n[tasks.web]\ncommand = '''echo "${text}" >said; sleep 1000; :;'''\n`,
  );
  await ask(world, "start web");
  await eventually(() => readFileSync(join(world.project, "said"), "utf8") === `${text}\n`);
  expect(await pwned(world)).toBe("");
});

test("a command of many lines, with comments, quotes and a here-document, is run as it is", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = '''
# a comment
cat >said <<END
it's "quoted"
END
sleep 1000
'''
`);
  await ask(world, "start web");
  await eventually(() => readFileSync(join(world.project, "said"), "utf8") === 'it\'s "quoted"\n');
  expect((await statusOf(world, "web")).state).toBe("running");
});

// Regression: "a session called `..` wiped `~/.taskmux`; task names walk out of the directory."
test.each([
  "..",
  ".",
  "",
  "a/b",
  "../x",
  "*",
  "a;b",
  "a b",
  "-rf",
  "#{x}",
  "$(x)",
  "a:b",
  "@1",
  "=x",
  "{end}",
  "a\\nb",
  "é",
  "x".repeat(65),
])("the name %j is E104 for a session and a task, and suggests one", async (name) => {
  await using world = createWorld();
  const tasks = '[tasks]\nweb = "sleep 1000"\n';
  for (const toml of [
    `name = "${name}"\n${tasks}`,
    `name = "demo"\n[tasks]\n"${name}" = "true"\n`,
  ]) {
    world.writeConfig(toml);
    for (const line of ["start", "stop", "check"]) {
      const { exitCode, result } = await ask(world, line);
      expect(exitCode).toBe(2);
      expect(result.errors).toMatchObject([{ code: "E104" }]);
    }
  }
  expect(existsSync(join(world.home, ".taskmux"))).toBe(false);
});

test.each(["..", "a/b", "*", "", "a.b"])("--session=%s and TASKMUX_NAME are E104", async (name) => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  const { exitCode, result } = await ask(world, `stop --session=${name}`);
  expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 2, code: "E104" });
  if (name === "") return; // An empty variable is one that isn't set.
  const env = { TASKMUX_NAME: name };
  expect((await ask(world, "stop", { env })).result.error_code).toBe("E104");
});

test.each(["../web", "../*", "we?x", "%0", "@0", "=web", "web;kill-server", "--", "-"])(
  "the task name %s on the command line is no target of tmux",
  async (name) => {
    await using world = createWorld();
    world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
    await ask(world, "start");
    for (const command of ["stop", "kill", "restart", "inspect"]) {
      const output = await world.run([command, "--json", "--", name]);
      const { exitCode, result } = said(output, null);
      expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E200" });
    }
    expect((await statusOf(world, "web")).state).toBe("running");
  },
);

/** The same bytes for the same seed, on every machine. */
function randomBytes(seed: number): Uint8Array {
  let state = seed * 2654435761 + 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 16;
  // Half of them are of the characters that TOML is made of, to get further into it.
  const usual = Buffer.from("[]{}=\"'\n.,#tasks.web command true 0x1_\\u");
  return Uint8Array.from({ length: next() % 400 }, () =>
    seed % 2 ? next() & 255 : (usual[next() % usual.length] ?? 0),
  );
}

test.each([0, 1, 2, 3])(
  "a config of random bytes is an error with a place, or fine (%d)",
  async (part) => {
    await using world = createWorld();
    for (let seed = part * 12; seed < part * 12 + 12; seed++) {
      writeFileSync(join(world.project, "taskmux.toml"), randomBytes(seed));
      for (const command of ["check", "status"]) {
        const { exitCode, result } = await ask(world, command);
        if (exitCode === 0) continue;
        expect({ seed, exitCode }).toEqual({ seed, exitCode: 2 });
        expect(result.error_code).toMatch(/^E1\d\d$|^E2\d\d$/);
        expect(result.errors.every(({ line }: any) => line >= 1)).toBe(true);
      }
    }
  },
);

test.each([
  ["a directory", (path: string) => mkdirSync(path)],
  [
    "bytes that are no UTF-8",
    (path: string) => writeFileSync(path, Buffer.from([0x23, 0xff, 0xfe, 10])),
  ],
  ["empty", (path: string) => writeFileSync(path, "")],
  [
    "a task named __proto__",
    (path: string) => writeFileSync(path, '[tasks]\n__proto__ = "true"\nconstructor = "true"\n'),
  ],
])("a taskmux.toml that is %s is never an internal error", async (_, make) => {
  await using world = createWorld();
  make(join(world.project, "taskmux.toml"));
  for (const line of ["check", "status", "start", "stop"]) {
    expect((await ask(world, line)).result.error_code).not.toBe("E900");
  }
});

const BAD = `set -g base-index 5
set -g pane-base-index 3
set -g remain-on-exit on
set -g default-command "echo hijacked"
set -g default-shell /usr/sbin/nologin
set -g destroy-unattached on
set -g automatic-rename on
set -g allow-rename on
set -g exit-empty off
set -g renumber-windows on
set -g prefix C-c
set -g mouse on
set -g update-environment "FOO"
set-environment -g FROM_CONF yes
set-hook -g after-new-window "run-shell 'sleep 0.2'"
set-hook -g after-new-session "rename-window hooked"
`;

test("the user's .tmux.conf changes nothing of the main job", async () => {
  await using world = createWorld();
  writeFileSync(join(world.home, ".tmux.conf"), BAD);
  world.writeConfig(`name = "demo"
[tasks.web]
command = "echo web \${FROM_CONF-clean}; sleep 1000"
[tasks.api]
command = "sleep 1000"
[tasks.short]
command = "echo only a line"
oneshot = true
`);
  expect((await ask(world, "start --wait")).result).toMatchObject({ ok: true });
  const { result } = await ask(world, "status");
  expect(result.tasks.map(({ state }: any) => state)).toEqual(["running", "running", "exited"]);
  const log = (task: string) =>
    readFileSync(join(world.home, `.taskmux/logs/demo/${task}.log`), "utf8");
  await eventually(() => log("short").includes("only a line") && log("web").includes("web clean"));
  const pane = (await ask(world, "inspect web")).result.pane_id;
  expect((await ask(world, "restart web")).result.action).toBe("restarted");
  expect((await ask(world, "inspect web")).result.pane_id).toBe(pane);
  expect((await ask(world, "stop web")).result.signal).toBe("SIGINT");
  expect((await ask(world, "kill web")).result.action).toBe("killed");
  expect(await world.tmux("list-panes", "-a", "-F", "#{pane_id}")).not.toContain(pane);
  expect((await ask(world, "start web")).result.action).toBe("started");
  expect((await ask(world, "stop")).result.ok).toBe(true);
  const sessions = await world.tmux("list-sessions", "-F", "#S").catch(() => "");
  expect(sessions).toBe("");
});

test("without tmux: E600, with the command that installs it", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  const bin = join(world.root, "bin");
  mkdirSync(bin);
  await world.runProgram(["ln", "-s", "/bin/sh", join(bin, "sh")]);
  const env = { PATH: bin };
  for (const line of ["start", "start web", "restart web", "status", "health", "inspect web"]) {
    const { exitCode, result } = await ask(world, line, { env });
    expect({ line, exitCode, code: result.error_code }).toEqual({
      line,
      exitCode: 1,
      code: "E600",
    });
    expect(result.hint).toContain("install");
  }
  // Processes are ended without it.
  for (const line of ["stop", "kill web"]) {
    const { exitCode, result } = await ask(world, line, { env });
    expect({ line, exitCode, warnings: result.warnings }).toEqual({
      line,
      exitCode: 0,
      warnings: [expect.stringContaining("tmux not found in PATH")],
    });
  }
});

test("a tmux that fails is E602, with what it says", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  world.write("bin/tmux", "#!/bin/sh\necho it is broken >&2\nexit 1\n", 0o755);
  const env = { PATH: `${world.project}/bin:${world.env["PATH"]}` };
  const { exitCode, result } = await ask(world, "start", { env });
  expect(exitCode).toBe(1);
  expect(result.error_code).toBe("E602");
  expect(result.error).toContain("it is broken");
});

test("a tmux that is too old is E601", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  const old =
    '#!/bin/sh\nif [ "$1" = -V ] || [ "$2" = -V ]; then echo tmux 2.9a; exit; fi\necho "unknown option -- p" >&2\nexit 1\n';
  world.write("bin/tmux", old, 0o755);
  const env = { PATH: `${world.project}/bin:${world.env["PATH"]}` };
  expect(await ask(world, "start", { env })).toMatchObject({
    exitCode: 1,
    result: { ok: false, error_code: "E601", error: expect.stringContaining("2.9a") },
  });
});

test("files of taskmux are the user's alone", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await world.runProgram(["sh", "-c", `umask 0; exec "$0" start`, builtBinary()]);
  const open = await world.runProgram([
    "find",
    join(world.home, ".taskmux"),
    "!",
    "-type",
    "l",
    "-perm",
    "/077",
  ]);
  expect(open.stdout).toBe("");
  await ask(world, "stop");
});
