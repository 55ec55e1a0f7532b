import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../../src/domain/values/shell-word.ts";
import { AGENT_MARKERS } from "../../src/domain/values/agents.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import type { RunOptions, World } from "../helpers/world.ts";
import { ask, processesOf } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

/** A command that leaves its environment in `seen`, as it got it: a shell would drop odd names. */
const TELL = "env -0 >seen.part; mv seen.part seen; sleep 1000";

const config = (fields = "", top = ""): string =>
  `name = "demo"\n${top}\n[tasks.web]\ncommand = "${TELL}"\n${fields}\n`;

/** Starts the task and returns what its process has in its environment. */
async function environmentOf(world: World, options?: RunOptions): Promise<Record<string, string>> {
  expect((await ask(world, "start web", options)).result).toMatchObject({ ok: true });
  const text = await eventually(() => readFileSync(join(world.project, "seen"), "utf8"));
  await world.runProgram(["rm", "seen"]);
  const entries = text.split("\0").slice(0, -1);
  return Object.fromEntries(entries.map((entry) => split(entry)));
}

function split(entry: string): [string, string] {
  const equals = entry.indexOf("=");
  return [entry.slice(0, equals), entry.slice(equals + 1)];
}

test("a task gets the environment of the taskmux that starts it, not the server's stale one", async () => {
  await using world = createWorld();
  await world.runProgram(
    ["tmux", "-f", "/dev/null", "new-session", "-d", "-s", "mine", "sleep 1000"],
    {
      env: { STALE: "yes", SHARED: "stale", PATH: `/stale:${world.env["PATH"]}` },
    },
  );
  world.writeConfig(config());
  const first = await environmentOf(world, { env: { SHARED: "fresh", ONLY: "first" } });
  expect(first).toMatchObject({ SHARED: "fresh", ONLY: "first", PATH: world.env["PATH"]! });
  expect(first).not.toHaveProperty("STALE");
  await ask(world, "stop web");
  const second = await environmentOf(world, { env: { SHARED: "newer" } });
  expect(second["SHARED"]).toBe("newer");
  expect(second).not.toHaveProperty("ONLY");
  expect(second).not.toHaveProperty("STALE");
});

test("env and env_file of both levels: each wins over those before it", async () => {
  await using world = createWorld();
  world.write("top.env", "A=top-file\nB=top-file\nC=top-file\nD=top-file\n");
  world.write("task.env", 'C=task-file\nD=task-file\n# a comment\nQUOTED="two words"\n');
  world.writeConfig(
    config(
      'env_file = ["task.env", "missing.env?"]\nenv = { D = "task" }',
      'env_file = "top.env"\n[env]\nB = "top"\nC = "top"\nD = "top"',
    ),
  );
  const seen = await environmentOf(world, { env: { A: "caller", B: "caller", Z: "caller" } });
  expect(seen).toMatchObject({
    A: "top-file",
    B: "top",
    C: "task-file",
    D: "task",
    QUOTED: "two words",
    Z: "caller",
  });
});

test("a missing env_file is an error that names it, and the task is not launched", async () => {
  await using world = createWorld();
  world.writeConfig(config('env_file = "missing.env"'));
  const { exitCode, result } = await ask(world, "start web");
  expect(exitCode).not.toBe(0);
  expect(result.error).toContain("missing.env");
  expect(processesOf(world, "web")).toEqual([]);
});

test("PORT, TASKMUX_SESSION and TASKMUX_TASK tell a task where it is", async () => {
  await using world = createWorld();
  world.writeConfig(config("port = 4567"));
  const seen = await environmentOf(world, { env: { PORT: "1", TASKMUX_SESSION: "outer" } });
  expect(seen).toMatchObject({ TASKMUX_SESSION: "demo", TASKMUX_TASK: "web", PORT: "4567" });
});

test("PORT of env wins over port", async () => {
  await using world = createWorld();
  world.writeConfig(config('port = 4567\nenv = { PORT = "99" }'));
  expect((await environmentOf(world))["PORT"]).toBe("99");
});

test("port wins over PORT of an env_file, which wins over the caller's; PORT of any env wins over port", async () => {
  await using world = createWorld();
  world.write(".env", "PORT=8000\n");
  const file = 'env_file = ".env"';
  const seen = async (fields: string, top = ""): Promise<string | undefined> => {
    world.writeConfig(config(fields, top));
    const { PORT } = await environmentOf(world, { env: { PORT: "1" } });
    await ask(world, "stop web");
    return PORT;
  };
  expect(await seen("port = 4567", file)).toBe("4567");
  expect(await seen(`port = 4567\n${file}`)).toBe("4567");
  expect(await seen(file)).toBe("8000");
  expect(await seen("port = 4567", `${file}\nenv = { PORT = "7" }`)).toBe("7");
});

test("values of an env_file are read as docker compose reads them", async () => {
  await using world = createWorld();
  world.write(".env", 'A=p#ss # note\nB="{\\"k\\": 1}"\nC=${ZONE}/$A\nD=\'$A\'\n');
  world.writeConfig(config('env_file = ".env"', 'env = { ZONE = "eu" }'));
  expect(await environmentOf(world)).toMatchObject({
    A: "p#ss",
    B: '{"k": 1}',
    C: "eu/p#ss",
    D: "$A",
  });
});

test("without port, PORT is the caller's", async () => {
  await using world = createWorld();
  world.writeConfig(config());
  expect((await environmentOf(world, { env: { PORT: "1" } }))["PORT"]).toBe("1");
});

test("200 KB with newlines, quotes and what shells and tmux expand arrive as they are", async () => {
  await using world = createWorld();
  const odd = "line\nnext'\"`$(touch pwned) \\ %Y #{pid} #(touch pwned) \t\u00e9\u{1f600};\n";
  const big = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`BIG_${index}`, odd.repeat(170)]),
  );
  expect(JSON.stringify(big).length).toBeGreaterThan(200_000);
  world.writeConfig(config());
  const seen = await environmentOf(world, { env: { ...big, ODD: odd, EMPTY: "" } });
  expect(seen).toMatchObject({ ...big, ODD: odd, EMPTY: "" });
  expect(await Bun.file(join(world.project, "pwned")).exists()).toBe(false);
});

test.skipIf(process.platform !== "linux")(
  "variables whose names are no shell identifiers arrive, and those that a shell owns do no harm",
  async () => {
    await using world = createWorld();
    world.writeConfig(
      'name = "demo"\n[tasks.web]\ncommand = "cat /proc/$$/environ >seen.part; mv seen.part seen; sleep 1000"\n',
    );
    const odd = {
      "a.b": "1",
      "a-b": "2 '",
      "npm_config_//x/:_auth": "3",
      "BASH_FUNC_f%%": "() {  :\n}",
    };
    const owned = { UID: "7", PPID: "8", IFS: "x", OPTIND: "9", LINENO: "5", pid: "1", stat: "2" };
    const seen = await environmentOf(world, { env: { ...odd, ...owned } });
    expect(seen).toMatchObject({ ...odd, ...owned });
  },
);

test("TERM and TMUX are the pane's, not the caller's", async () => {
  await using world = createWorld();
  world.writeConfig(config());
  const { pane_id } = (await ask(world, "start web"), (await ask(world, "inspect web")).result);
  await ask(world, "stop web");
  const wrong = { TERM: "dumb", TMUX: "/nowhere,1,1", TMUX_PANE: "%99" };
  await world.runProgram(["rm", "-f", "seen"]);
  const seen = await environmentOf(world, { env: { TERM: wrong.TERM } });
  expect(seen["TERM"]).toMatch(/^(tmux|screen)/);
  expect(seen["TMUX_PANE"]).toBe(pane_id);
  expect(seen["TMUX"]).toContain(world.root);
});

// facts-bun.md: it would turn the binary into `bun`, in the log pipe too.
test("BUN_OPTIONS in the environment does no harm, and a task doesn't get it", async () => {
  await using world = createWorld();
  world.writeConfig(config());
  const seen = await environmentOf(world, { env: { BUN_OPTIONS: "--smol" } });
  expect(seen).not.toHaveProperty("BUN_OPTIONS");
});

test("BUN_BE_BUN in the tmux server's environment does no harm to logs and tasks", async () => {
  await using world = createWorld();
  await world.runProgram(
    ["tmux", "-f", "/dev/null", "new-session", "-d", "-s", "mine", "sleep 1000"],
    {
      env: { BUN_BE_BUN: "1", BUN_OPTIONS: "--smol" },
    },
  );
  world.writeConfig(
    'name = "demo"\n[tasks]\nweb = "echo Bun is ${BUN_BE_BUN-unset}; sleep 1000"\n',
  );
  expect((await ask(world, "start web")).result.ok).toBe(true);
  const log = join(world.home, ".taskmux/logs/demo/web.log");
  await eventually(() => readFileSync(log, "utf8").includes("Bun is unset"));
});

test("a task has the caller's umask and the launch leaves nothing open but the terminal", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\n[tasks]\nweb = "umask >seen.part; ls /dev/fd/ >>seen.part; mv seen.part seen; sleep 1000"\n',
  );
  await world.runProgram(["sh", "-c", `umask 027; exec ${quote(builtBinary())} start web`]);
  const seen = await eventually(() => readFileSync(join(world.project, "seen"), "utf8"));
  const [umask, ...descriptors] = seen.trim().split("\n");
  expect(umask).toBe("0027");
  // The last is the listing's own.
  expect(descriptors.slice(0, 3)).toEqual(["0", "1", "2"]);
  expect(descriptors.length).toBeLessThanOrEqual(4);
});

test("a task runs on the window's terminal: stdin, stdout and stderr", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\n[tasks]\nweb = "test -t 0 && test -t 1 && test -t 2 && stty size >seen.part && mv seen.part seen; read -r line; echo $line >typed; sleep 1000"\n',
  );
  await ask(world, "start web");
  await eventually(() => readFileSync(join(world.project, "seen"), "utf8") !== "");
  const { pane_id } = (await ask(world, "inspect web")).result;
  await world.tmux("send-keys", "-t", pane_id, "hello", "Enter");
  await eventually(() => readFileSync(join(world.project, "typed"), "utf8") === "hello\n");
});

test("cwd is relative to the config, wherever taskmux is run, and ~ is home", async () => {
  await using world = createWorld();
  const path = world.writeConfig(`name = "demo"
[tasks.here]
command = "pwd >pwd; sleep 1000"
[tasks.below]
command = "pwd >pwd; sleep 1000"
cwd = "below"
[tasks.home]
command = "pwd >pwd; sleep 1000"
cwd = "~"
`);
  world.write("below/x", "");
  expect((await ask(world, `start -c=${path}`, { cwd: "/" })).exitCode).toBe(2);
  expect((await ask(world, `start -c${path}`, { cwd: "/" })).result.ok).toBe(true);
  for (const directory of [world.project, join(world.project, "below"), world.home]) {
    await eventually(() => readFileSync(join(directory, "pwd"), "utf8") === `${directory}\n`);
  }
});

test("--config and TASKMUX_CONFIG name the config outright, and the flag wins", async () => {
  await using world = createWorld();
  const one = world.writeConfig('name = "one"\n', "one.toml");
  const two = world.writeConfig('name = "two"\n', "two.toml");
  const env = { TASKMUX_CONFIG: two };
  const of = async (line: string, options?: RunOptions) =>
    (await ask(world, line, options)).result.session;
  expect(await of("status --config=one.toml")).toBe("one");
  expect(await of(`--config=${one} status`, { cwd: "/" })).toBe("one");
  expect(await of("status", { env })).toBe("two");
  expect(await of("status -cone.toml", { env })).toBe("one");
  expect(await ask(world, "status --config=three.toml")).toMatchObject({
    exitCode: 2,
    result: { error_code: "E100", error: expect.stringContaining("three.toml") },
  });
});

test("--session and TASKMUX_NAME run the config under another name, and the flag wins", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  const env = { TASKMUX_NAME: "second" };
  expect((await ask(world, "start --session=first")).result.session).toBe("first");
  expect((await ask(world, "start", { env })).result.session).toBe("second");
  expect((await ask(world, "status --session=first", { env })).result.session).toBe("first");
  expect((await ask(world, "start")).result.session).toBe("demo");
  const sessions = await world.tmux("list-sessions", "-F", "#S");
  expect(sessions.split("\n").toSorted()).toEqual(["demo", "first", "second"]);
});

test("TASKMUX_SESSION is only for tasks: it doesn't change a taskmux that is run inside a task", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n');
  const env = { TASKMUX_SESSION: "outer", TASKMUX_TASK: "outer" };
  expect((await ask(world, "status", { env })).result.session).toBe("demo");
});

test("a task of the config's `shell` runs in it, and else in bash where there is one", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
shell = "sh"
[tasks.top]
command = "echo \${BASH_VERSION:+bash} >top; sleep 1000"
[tasks.own]
command = "echo \${BASH_VERSION:+bash} >own; sleep 1000"
shell = "bash"
`);
  await ask(world, "start");
  await eventually(() => readFileSync(join(world.project, "own"), "utf8") === "bash\n");
  world.writeConfig(
    'name = "demo"\n[tasks]\nweb = "source ./activate && echo $WHO >web; sleep 1000"\n',
  );
  writeFileSync(join(world.project, "activate"), "WHO=activated\n");
  await ask(world, "start web");
  await eventually(() => readFileSync(join(world.project, "web"), "utf8") === "activated\n");
});

describe("the markers of coding agents", () => {
  const MARKERS: Record<string, string> = {
    ...Object.fromEntries(AGENT_MARKERS.map((name) => [name.replace("*", "X"), "1"])),
    TASKMUX_ACTOR: "me",
    TASKMUX_READER: "me",
  };

  test("are in no task's environment, hook or check, even if the tmux server has them", async () => {
    await using world = createWorld();
    await world.runProgram(["tmux", "new-session", "-d", "-s", "mine", "sleep 1000"], {
      env: MARKERS,
    });
    const leavesOut = 'before_start = "env -0 >hook"';
    world.writeConfig(
      config(`hooks = { ${leavesOut} }`, `[hooks]\n${leavesOut.replace("hook", "top")}`),
    );
    const seen = await environmentOf(world, { env: { ...MARKERS, KEPT: "1" } });
    expect(seen["KEPT"]).toBe("1");
    for (const name of Object.keys(MARKERS)) expect(seen).not.toHaveProperty(name);
    for (const file of ["hook", "top"]) {
      const text = readFileSync(join(world.project, file), "utf8");
      for (const name of Object.keys(MARKERS)) expect(text).not.toContain(`\0${name}=`);
    }
  });

  test("are in no window that a person opens later in a server that an agent has started", async () => {
    await using world = createWorld();
    world.writeConfig(config());
    await environmentOf(world, { env: MARKERS });
    const tell = "env -0 >window.part; mv window.part window";
    await world.tmux("new-window", "-d", "-t", "=demo:", "-c", world.project, tell);
    const text = await eventually(() => readFileSync(join(world.project, "window"), "utf8"));
    for (const name of Object.keys(MARKERS)) expect(text).not.toContain(`\0${name}=`);
  });

  test("are what `env` and `env_file` of the config set", async () => {
    await using world = createWorld();
    world.write("agent.env", "OPENCODE=file\n");
    world.writeConfig(config('env_file = "agent.env"\nenv = { CLAUDECODE = "2" }'));
    const seen = await environmentOf(world, { env: MARKERS });
    expect(seen).toMatchObject({ CLAUDECODE: "2", OPENCODE: "file" });
    expect(seen).not.toHaveProperty("AGENT");
  });
});
