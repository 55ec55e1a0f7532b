import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, conforms, processesOf, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const config = (web = "", rest = "", name = "demo"): string =>
  `name = "${name}"\n[tasks.web]\ncommand = "exec sleep 1000"\n${web}\n${rest}\n`;

/** Another task, `NAME = "sleep"`. */
const task = (name: string, fields = ""): string =>
  `[tasks.${name}]\ncommand = "exec sleep 1000"\n${fields}\n`;

/** A watcher of a config whose tasks run; its events as they come. */
async function watching(world: World, ...args: string[]) {
  const running = world.spawn(["watch", "--json", ...args]);
  const events = (kind?: string): any[] =>
    running
      .lines()
      .map((line) => JSON.parse(line))
      .filter(({ event }) => kind === undefined || event === kind);
  await eventually(() => holderOf(world)?.pid === running.pid);
  /** The events of a kind, once there are at least this many. */
  const happened = (kind: string, count: number) =>
    eventuallyIs(
      () => events(kind),
      (all) => all.length >= count,
    );
  /** Waits until this many reloads are reported, and the last is applied. */
  const reloaded = async (count: number) => {
    await happened("config_reloaded", count);
    await eventually(() => !existsSync(join(runDirectory(world), "reload.json")));
    return events("config_reloaded");
  };
  return { ...running, events, happened, reloaded };
}

const runDirectory = (world: World): string => join(world.home, ".taskmux/run/demo");

function holderOf(world: World): { pid: number; kind: string } | null {
  try {
    return JSON.parse(readFileSync(join(runDirectory(world), "watch"), "utf8"));
  } catch {
    return null;
  }
}

const pidOf = async (world: World, name = "web"): Promise<number | null> =>
  (await statusOf(world, name))?.pid ?? null;

const nextPid = (world: World, before: number | null, name = "web") =>
  eventuallyIs(
    () => pidOf(world, name),
    (pid) => pid !== null && pid !== before,
  );

const started = async (world: World, toml = config()): Promise<number> => {
  world.writeConfig(toml);
  expect((await ask(world, "start")).exitCode).toBe(0);
  return (await pidOf(world))!;
};

/** The lines of a file that a task or hook writes. */
const linesOf = (world: World, file: string): string[] => {
  const path = join(world.project, file);
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
};

describe("each way to save", () => {
  const renamed = (path: string, text: string): void => {
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  };

  const swappedByVim = (path: string, text: string): void => {
    renameSync(path, `${path}~`);
    writeFileSync(path, text);
    unlinkSync(`${path}~`);
  };

  const truncatedFirst = (path: string, text: string): void => {
    truncateSync(path);
    writeFileSync(path, text);
  };

  const awayForAWhile = (path: string, text: string): void => {
    unlinkSync(path);
    // Longer than a save must be quiet for, and far from the second after which a file counts as removed.
    Bun.sleepSync(100);
    writeFileSync(path, text);
  };

  test.each([
    ["in place", truncatedFirst],
    ["by a rename", renamed],
    ["by an editor's exchange", swappedByVim],
    ["after it was away", awayForAWhile],
  ])("%s is seen once", async (_, save) => {
    await using world = createWorld();
    const pid = await started(world);
    const watch = await watching(world);
    const path = join(world.project, "taskmux.toml");
    save(path, config("port = 4101"));
    await watch.reloaded(1);
    const second = await nextPid(world, pid);
    save(path, config("port = 4102"));
    expect(await watch.reloaded(2)).toMatchObject([{ changed: ["web"] }, { changed: ["web"] }]);
    await nextPid(world, second);
    expect(await watch.happened("task_restarted", 2)).toHaveLength(2);
    expect(watch.events("config_invalid")).toEqual([]);
  });

  test("through a link is seen once", async () => {
    await using world = createWorld();
    const far = world.write("far/real.toml", config());
    symlinkSync(far, join(world.project, "taskmux.toml"));
    await ask(world, "start");
    const watch = await watching(world);
    writeFileSync(far, config("port = 4101"));
    await watch.reloaded(1);
    renamed(far, config("port = 4102"));
    await watch.reloaded(2);
    renamed(join(world.project, "taskmux.toml"), config("port = 4103"));
    await watch.reloaded(3);
    expect(await statusOf(world, "web")).toMatchObject({ port: 4103, running: true });
    expect(await watch.happened("task_restarted", 3)).toHaveLength(3);
  });

  test("with its directory removed and made again is seen once", async () => {
    await using world = createWorld();
    const path = world.write("config/taskmux.toml", config(`cwd = "${world.project}"`));
    const at = `--config=${path}`;
    await ask(world, `start ${at}`);
    const watch = await watching(world, at);
    rmSync(join(world.project, "config"), { recursive: true });
    mkdirSync(join(world.project, "config"));
    writeFileSync(path, config(`cwd = "${world.project}"\nport = 4101`));
    await watch.reloaded(1);
    await watch.happened("task_restarted", 1);
    expect(watch.events("config_invalid")).toEqual([]);
  });
});

describe("a changed task", () => {
  test.each([
    ["command", 'command = "exec sleep 2000"'],
    ["cwd", 'cwd = "sub"'],
    ["port", "port = 4103"],
    ["env", 'env = { A = "1" }'],
    ["env_file", 'env_file = "a.env"'],
    ["shell", 'shell = "sh"'],
  ])("is restarted for its %s", async (_, field) => {
    await using world = createWorld();
    world.write("sub/a", "");
    world.write("a.env", "A=1\n");
    const pid = await started(world, config("", task("api")));
    const api = await pidOf(world, "api");
    const watch = await watching(world);
    const changed = config(field, task("api"));
    world.writeConfig(
      field.startsWith("command")
        ? changed.replace('command = "exec sleep 1000"\ncommand', "command")
        : changed,
    );
    await nextPid(world, pid);
    const [reload] = await watch.reloaded(1);
    expect(reload).toMatchObject({ added: [], changed: ["web"], removed: [], session: "demo" });
    expect(await pidOf(world, "api")).toBe(api);
    expect(isAlive(pid)).toBe(false);
  });

  test("gets what the new config says, and the top level's too", async () => {
    await using world = createWorld();
    const script = 'command = "echo $A $B $PORT >>out; exec sleep 1000"';
    const toml = (top: string, fields: string) =>
      `name = "demo"\n${top}\n[tasks.web]\n${script}\n${fields}\n`;
    await started(world, toml("", 'env = { A = "1" }'));
    await eventually(() => linesOf(world, "out").length === 1);
    const watch = await watching(world);
    world.writeConfig(toml('env = { B = "2" }', 'env = { A = "3" }\nport = 4104'));
    await watch.reloaded(1);
    await eventually(() => linesOf(world, "out").length === 2);
    expect(linesOf(world, "out")).toEqual(["1", "3 2 4104"]);
  });

  test.each([
    ["restart_policy", 'restart_policy = "no"', { restart_policy: "no" }],
    ["auto_start", "auto_start = false", { auto_start: false }],
    ["health_check", 'health_check = "false"', { state: "starting" }],
  ])("continues where only its %s is another, which takes effect", async (_, field, effect) => {
    await using world = createWorld();
    const pid = await started(world);
    const watch = await watching(world);
    world.writeConfig(config(field));
    expect(await watch.reloaded(1)).toMatchObject([{ changed: ["web"] }]);
    expect(await statusOf(world, "web")).toMatchObject({ pid, ...effect });
    expect(watch.events("task_restarted")).toEqual([]);
  });

  test("that was stopped, or has ended, is left alone", async () => {
    await using world = createWorld();
    const ended = (fields = "") => `[tasks.job]\ncommand = "true"\n${fields}\n`;
    await started(world, config("", ended()));
    await ask(world, "stop web");
    const watch = await watching(world);
    world.writeConfig(config("port = 4105", ended('env = { A = "1" }')));
    expect(await watch.reloaded(1)).toMatchObject([{ changed: ["web", "job"] }]);
    expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", pid: null });
    expect(await statusOf(world, "job")).toMatchObject({ state: "exited" });
    expect(watch.events("task_restarted")).toEqual([]);
  });

  test("that waits for its next restart gets it now, as it is now", async () => {
    await using world = createWorld();
    const web = (value: string) =>
      `name = "demo"\n[tasks.web]\ncommand = "[ $A = good ] && exec sleep 1000; exit 1"\nenv = { A = "${value}" }\nrestart_backoff = 60\n`;
    world.writeConfig(web("bad"));
    world.spawn(["start", "-m", "--json"]);
    await eventually(async () => (await statusOf(world, "web")).state === "backoff");
    await watching(world);
    world.writeConfig(web("good"));
    await eventually(async () => (await statusOf(world, "web")).state === "running");
  });

  test("is stopped and launched in the order of dependencies", async () => {
    await using world = createWorld();
    const tasks = (value: string) =>
      ["db", "api"]
        .map(
          (name) =>
            `[tasks.${name}]\ncommand = "exec sleep 1000"\nenv = { A = "${value}" }\nhooks.before_start = "echo start ${name} >>order"\nhooks.before_stop = "echo stop ${name} >>order"\n${name === "api" ? 'depends_on = ["db"]' : ""}`,
        )
        .join("\n");
    await started(world, config("", tasks("1")));
    const watch = await watching(world);
    world.writeConfig(config("", tasks("2")));
    await watch.reloaded(1);
    const order = ["start db", "start api"];
    expect(linesOf(world, "order")).toEqual([...order, "stop api", "stop db", ...order]);
  });
});

test("a task that is removed is stopped, as its old config has it", async () => {
  await using world = createWorld();
  const pid = await started(world, config("", task("old", 'hooks.after_stop = "touch stopped"')));
  const watch = await watching(world);
  world.writeConfig(config());
  expect(await watch.reloaded(1)).toMatchObject([{ added: [], changed: [], removed: ["old"] }]);
  expect(processesOf(world, "old")).toEqual([]);
  expect(existsSync(join(world.project, "stopped"))).toBe(true);
  expect(await watch.happened("task_stopped", 1)).toMatchObject([{ task: "old" }]);
  expect(await pidOf(world)).toBe(pid);
});

test("a monitor doesn't bring back what is removed", async () => {
  await using world = createWorld();
  const old = task("old", 'restart_policy = "always"');
  world.writeConfig(config("", old));
  const monitor = world.spawn(["start", "-m", "--json"]);
  await eventually(() => pidOf(world, "old"));
  const watch = await watching(world);
  world.writeConfig(config());
  await watch.reloaded(1);
  const pid = await pidOf(world);
  process.kill(pid!, "SIGKILL");
  await nextPid(world, pid);
  expect(processesOf(world, "old")).toEqual([]);
  expect(monitor.stdout()).not.toContain('"auto_restart","session":"demo","task":"old"');
});

test("a task that is added starts, unless its auto_start says otherwise", async () => {
  await using world = createWorld();
  const pid = await started(world);
  const watch = await watching(world);
  const added = [task("manual", "auto_start = false"), task("api", 'depends_on = ["web"]')];
  world.writeConfig(config("", added.join("")));
  expect(await watch.reloaded(1)).toMatchObject([{ added: ["manual", "api"] }]);
  expect(await statusOf(world, "api")).toMatchObject({ state: "running" });
  expect(await statusOf(world, "manual")).toMatchObject({ state: "stopped", want: "down" });
  expect(await pidOf(world)).toBe(pid);
  expect(await watch.happened("task_started", 1)).toMatchObject([{ task: "api" }]);
});

test.each([
  ["the session doesn't run", "", false],
  ["the top level's auto_start is false", "auto_start = false\n", true],
])("a task that is added doesn't start where %s", async (_, top, isStarted) => {
  await using world = createWorld();
  world.writeConfig(top + config());
  if (isStarted) await ask(world, "start web");
  const watch = await watching(world);
  world.writeConfig(top + config("", task("api")));
  expect(await watch.reloaded(1)).toMatchObject([{ added: ["api"] }]);
  expect(await statusOf(world, "api")).toMatchObject({ state: "stopped" });
});

test("a comment, a format, an order change nothing", async () => {
  await using world = createWorld();
  const pid = await started(world, config("port = 4106", task("api")));
  const watch = await watching(world);
  world.writeConfig(config("# why", task("api")).replace("# why", "# why\nport   =   4_106"));
  world.writeConfig(`name = "demo"\n${task("api")}${task("web", "port = 4106")}`);
  // One that counts comes after them: what they had brought would stand before it.
  await Bun.sleep(300);
  world.writeConfig(config("port = 4106\nmax_restarts = 1", task("api")));
  expect(await watch.reloaded(1)).toMatchObject([{ changed: ["web"] }]);
  expect(watch.events()).toHaveLength(1);
  expect(await pidOf(world)).toBe(pid);
});

describe("a broken save", () => {
  test("is reported once with all that is wrong, changes nothing, and the next good one works", async () => {
    await using world = createWorld();
    const pid = await started(world);
    const watch = await watching(world);
    const path = world.writeConfig(config('colour = "red"\nport = 70000'));
    await watch.happened("config_invalid", 1);
    // The same once more is no other.
    world.writeConfig(config('colour = "red"\nport = 70000'));
    expect(watch.events("config_invalid")[0].error).toContain(`${path}:4:1: `);
    await eventually(() => watch.stderr().includes(`${path}:5:8: `));
    expect(await processesOf(world, "web")).toContain(pid);
    world.writeConfig("[tasks");
    await watch.happened("config_invalid", 2);
    world.writeConfig(config("port = 4107"));
    await watch.reloaded(1);
    await watch.happened("task_restarted", 1);
    expect(watch.events().map(({ event }) => event)).toEqual([
      "config_invalid",
      "config_invalid",
      "config_reloaded",
      "task_restarted",
    ]);
  });

  test("that is taken back is reported as valid again, and nothing is done", async () => {
    await using world = createWorld();
    const pid = await started(world);
    const watch = await watching(world);
    world.writeConfig("[tasks");
    await watch.happened("config_invalid", 1);
    world.writeConfig(config());
    await eventually(() => watch.stderr().includes("is valid again"));
    expect(watch.events()).toHaveLength(1);
    expect(await pidOf(world)).toBe(pid);
  });

  test("at the start is an error as of any command", async () => {
    await using world = createWorld();
    world.writeConfig("[tasks");
    const said = await ask(world, "watch");
    expect(said).toMatchObject({ exitCode: 2, result: { error_code: "E101" } });
  });
});

describe("another name", () => {
  test("moves nothing: it is reported once, with what to do, and nothing of the file takes effect", async () => {
    await using world = createWorld();
    const pid = await started(world, config("", task("old")));
    const watch = await watching(world);
    world.writeConfig(config("port = 4108", task("new"), "other"));
    await watch.happened("config_invalid", 1);
    const [{ error, session }] = watch.events();
    expect(session).toBe("demo");
    expect(error).toContain("name changed to 'other'; session 'demo' keeps its name");
    await eventually(() => watch.stderr().includes("taskmux stop --session demo"));
    world.writeConfig(config("port = 4109", task("new"), "other"));
    await Bun.sleep(300);
    expect(processesOf(world, "old")).toHaveLength(1);
    expect(processesOf(world, "web")).toEqual([pid]);
    world.writeConfig(config("port = 4109", task("old")));
    expect(await watch.reloaded(1)).toMatchObject([{ changed: ["web"], added: [], removed: [] }]);
    expect(watch.events("config_invalid")).toHaveLength(1);
  });

  test("in the file means nothing where the command line names the session", async () => {
    await using world = createWorld();
    world.writeConfig(config("", "", "one"));
    await ask(world, "--session=demo start");
    const watch = await watching(world, "--session=demo");
    world.writeConfig(config("max_restarts = 1", "", "two"));
    expect(await watch.reloaded(1)).toMatchObject([{ changed: ["web"], session: "demo" }]);
    expect(watch.events()).toHaveLength(1);
  });
});

test("what an act comes to is reported, and the watch continues", async () => {
  await using world = createWorld();
  const pid = await started(world);
  const watch = await watching(world);
  world.writeConfig(config('port = 4110\nhooks.before_stop = "echo no way; exit 3"'));
  await eventually(() => watch.stderr().includes("no way"));
  expect(await watch.happened("hook_failed", 1)).toMatchObject([
    { task: "web", hook: "before_stop" },
  ]);
  expect(processesOf(world, "web")).toEqual([pid]);
  world.writeConfig(config("port = 4111"));
  await nextPid(world, pid);
});

test("what is saved during a reload is handled after it, the newest at once", async () => {
  await using world = createWorld();
  await started(world);
  const watch = await watching(world);
  const slow = 'hooks.before_stop = "touch begun; while [ ! -f go ]; do sleep 0.02; done"';
  world.writeConfig(config(`port = 4112\n${slow}`));
  await eventually(() => existsSync(join(world.project, "begun")));
  for (const port of [4113, 4114]) {
    world.writeConfig(config(`port = ${port}`));
    await Bun.sleep(200);
  }
  world.write("go", "");
  await watch.reloaded(2);
  await eventually(async () => (await statusOf(world, "web")).port === 4114);
  expect(watch.events("config_reloaded")).toHaveLength(2);
  expect(await watch.happened("task_restarted", 2)).toHaveLength(2);
});

test("the next watcher finishes what a killed one has begun", async () => {
  await using world = createWorld();
  const slow = 'hooks.before_stop = "touch begun; while [ ! -f go ]; do sleep 0.02; done"';
  const pid = await started(world, config("", task("old", slow)));
  const first = await watching(world);
  world.writeConfig(config("port = 4115", task("new")));
  await eventually(() => existsSync(join(world.project, "begun")));
  first.signal("SIGKILL");
  await first.ended();
  world.write("go", "");
  expect(processesOf(world, "web")).toEqual([pid]);
  const second = await watching(world);
  await nextPid(world, pid);
  await eventually(() => pidOf(world, "new"));
  await eventually(() => !existsSync(join(runDirectory(world), "reload.json")));
  expect(processesOf(world, "old")).toEqual([]);
  expect(second.events("config_reloaded")).toEqual([]);
  second.signal("SIGTERM");
  await second.ended();
  const third = await watching(world);
  world.writeConfig(config("port = 4115\nmax_restarts = 1", task("new")));
  await third.reloaded(1);
  expect(third.events()).toHaveLength(1);
});

test("what one that was killed has done already is not done again", async () => {
  await using world = createWorld();
  const slow = 'hooks.before_start = "touch begun; while [ ! -f go ]; do sleep 0.02; done"';
  const pid = await started(world);
  const first = await watching(world);
  world.writeConfig(config("port = 4117", task("new", slow)));
  await eventually(() => existsSync(join(world.project, "begun")));
  first.signal("SIGKILL");
  await first.ended();
  world.write("go", "");
  const restarted = await pidOf(world);
  expect(restarted).not.toBe(pid);
  await watching(world);
  await eventually(() => pidOf(world, "new"));
  await eventually(() => !existsSync(join(runDirectory(world), "reload.json")));
  expect(await pidOf(world)).toBe(restarted);
});

test("only one watches a session", async () => {
  await using world = createWorld();
  world.writeConfig(config());
  const first = await watching(world);
  const { exitCode, result } = await ask(world, "watch");
  expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E701" });
  expect(result.error).toContain(`pid ${first.pid} (watch)`);
  first.signal("SIGKILL");
  await first.ended();
  await watching(world);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 0],
] as const)("%s ends it with %d, and the tasks live on", async (signal, status) => {
  await using world = createWorld();
  const pid = await started(world);
  const watch = await watching(world);
  world.writeConfig(config("max_restarts = 1"));
  await watch.reloaded(1);
  watch.signal(signal);
  expect(await watch.ended()).toMatchObject({ exitCode: status, stderr: "" });
  for (const event of watch.events()) conforms("eventSchema", event);
  expect(processesOf(world, "web")).toEqual([pid]);
});

test("for a person each event is a line", async () => {
  await using world = createWorld();
  const pid = await started(world);
  const watch = world.spawn(["watch"]);
  await eventually(() => watch.lines().length === 1);
  world.writeConfig(config("port = 4116"));
  await nextPid(world, pid);
  await eventually(() => watch.lines().length === 3);
  watch.signal("SIGINT");
  const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}/;
  const [first, ...lines] = (await watch.ended()).stdout.split("\n");
  expect(first).toBe(`watching ${join(world.project, "taskmux.toml")} for session 'demo'`);
  expect(lines.map((line) => line.replace(time, "").replace(/pid \d+/, "pid N"))).toEqual([
    "config reloaded: changed web",
    "web  restarted, pid N (by monitor)",
    "No longer watching; the tasks keep running",
    "",
  ]);
});

test("it ends quietly when its reader goes away", async () => {
  await using world = createWorld();
  world.writeConfig(config());
  const { stdout, stderr } = await world.runProgram([
    "sh",
    "-c",
    `{ "$0" watch; echo "ended $?" >ended; } | head -n 1`,
    join(import.meta.dirname, "../../dist/taskmux"),
  ]);
  expect(stdout).toContain("watching");
  expect(stderr).toBe("");
  await eventually(() => existsSync(join(world.project, "ended")));
  expect(linesOf(world, "ended")).toEqual(["ended 0"]);
});
