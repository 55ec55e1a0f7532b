import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { addWorktree, commitAll, git, makeRepository } from "../helpers/git.ts";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { placeLiveSession } from "../helpers/state-0.1.0.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = 'name = "demo"\n[tasks]\nweb = "exec sleep 1000"\n';

/** The session that commands in a directory act on. */
async function sessionIn(cwd: string, world: World, line = "status", env = {}): Promise<string> {
  const { result } = await ask(world, line, { cwd, env });
  return result.session ?? result.error;
}

const pidIn = async (world: World, cwd: string, task = "web"): Promise<number> => {
  const { result } = await ask(world, "status", { cwd });
  return result.tasks.find(({ name }: { name: string }) => name === task).pid;
};

const TASKS = ["db", "queue", "migrate", "api", "worker", "web"];

/** A project of six tasks; each but the job writes which task it is, where, and in which worktree. */
const shop = (): string => {
  const says = 'echo "$TASKMUX_TASK $TASKMUX_SESSION $TASKMUX_WORKTREE" >$TASKMUX_TASK.up';
  const task = (name: string, more = "") =>
    `[tasks.${name}]\ncommand = '${says}; exec sleep 1000'\nhealth_check = "test -s ${name}.up"\n${more}`;
  return [
    'name = "shop"\n[hooks]\nbefore_start = \'echo "$TASKMUX_WORKTREE" >hook\'\n',
    task("db"),
    task("queue"),
    "[tasks.migrate]\ncommand = 'true'\noneshot = true\ndepends_on = [\"db\"]\n",
    task("api", 'depends_on = ["migrate"]\n'),
    task("worker", 'depends_on = ["queue", "migrate"]\n'),
    task("web", 'depends_on = ["api"]\n'),
  ].join("\n");
};

test("three worktrees of one repository run the same six tasks, and a stop in one leaves the others", async () => {
  await using world = createWorld();
  await makeRepository(world, shop());
  const names = ["one", "two", "three"];
  const trees = new Map<string, string>();
  for (const name of names) trees.set(name, await addWorktree(world, name));
  const inAll = <T>(act: (name: string, cwd: string) => Promise<T>) =>
    Promise.all([...trees].map(([name, cwd]) => act(name, cwd)));
  const started = await inAll((_, cwd) => ask(world, "start --wait", { cwd }));
  for (const { exitCode, result } of started)
    expect({ exitCode, tasks: result.tasks }).toEqual({ exitCode: 0, tasks: TASKS });
  const before = await inAll(async (name, cwd) => {
    const { result } = await ask(world, "status", { cwd });
    const others = names.filter((other) => other !== name).toSorted();
    expect(result).toMatchObject({
      session: `shop-${name}`,
      config_path: join(cwd, "taskmux.toml"),
      worktree: { id: name, main: world.project },
      siblings: others.map((other) => ({
        session: `shop-${other}`,
        config_path: join(trees.get(other)!, "taskmux.toml"),
      })),
    });
    expect(result.tasks.every(({ healthy }: { healthy: boolean }) => healthy)).toBe(true);
    expect(readFileSync(join(cwd, "web.up"), "utf8")).toBe(`web shop-${name} ${name}\n`);
    expect(readFileSync(join(cwd, "hook"), "utf8")).toBe(`${name}\n`);
    return result.tasks.map(({ pid }: { pid: number }) => pid) as number[];
  });
  expect(new Set(before.flat().filter(Boolean)).size).toBe(15);
  expect((await ask(world, "stop", { cwd: trees.get("two")! })).exitCode).toBe(0);
  expect(before.map((pids) => pids.filter((pid) => pid && isAlive(pid)).length)).toEqual([5, 0, 5]);
  const { result } = await ask(world, "status", { cwd: trees.get("one")! });
  expect(result.siblings.map(({ session }: { session: string }) => session)).toEqual([
    "shop-three",
  ]);
  expect((await ask(world, "status")).result).toMatchObject({ session: "shop", worktree: null });
});

describe("the session of a config", () => {
  test("in a linked worktree has git's id of it, whatever the branch, the path or the place in it", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    world.write("apps/api/taskmux.toml", CONFIG.replace("demo", "api"));
    await commitAll(world);
    const tree = await addWorktree(world, "Fix.Login");
    expect(await sessionIn(world.project, world)).toBe("demo");
    expect(await sessionIn(tree, world)).toBe("demo-fix-login");
    expect(await sessionIn(join(tree, "apps"), world)).toBe("demo-fix-login");
    expect(await sessionIn(join(tree, "apps/api"), world)).toBe("api-fix-login");
    expect(await sessionIn("/", world, `status -c ${tree}`)).toBe("demo-fix-login");
    const link = join(world.root, "link");
    symlinkSync(tree, link);
    expect(await sessionIn(link, world)).toBe("demo-fix-login");
    await git(world, ["switch", "-q", "-c", "other"], tree);
    expect(await sessionIn(tree, world)).toBe("demo-fix-login");
    await git(world, ["switch", "-q", "--detach"], tree);
    expect(await sessionIn(tree, world)).toBe("demo-fix-login");
  });

  test("is the one that is named, and the plain one with `worktrees = false`", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const tree = await addWorktree(world, "fix");
    expect(await sessionIn(tree, world, "status --session=mine")).toBe("mine");
    expect(await sessionIn(tree, world, "status", { TASKMUX_NAME: "mine" })).toBe("mine");
    world.write("../trees/fix/taskmux.toml", `worktrees = false\n${CONFIG}`);
    const { result } = await ask(world, "status", { cwd: tree });
    expect(result).toMatchObject({ session: "demo", worktree: null });
    await ask(world, "start");
    expect((await ask(world, "start", { cwd: tree })).result.error_code).toBe("E302");
  });

  test("is cut where it is too long, and differs all the same", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const long = "feature".repeat(12);
    const sessions = [];
    for (const name of [`${long}-a`, `${long}-b`])
      sessions.push(await sessionIn(await addWorktree(world, name), world));
    const cut = `demo-${long}`.slice(0, 57);
    for (const session of sessions) expect(session).toMatch(new RegExp(`^${cut}-[0-9a-f]{6}$`));
    expect(new Set(sessions).size).toBe(2);
  });

  test("of a bare repository's worktree is like that of any other", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const bare = join(world.root, "shop.git");
    await git(world, ["clone", "-q", "--bare", world.project, bare]);
    const tree = join(world.root, "fix");
    await git(world, ["worktree", "add", "-q", tree, "trunk"], bare);
    const { result } = await ask(world, "status", { cwd: tree });
    expect(result).toMatchObject({ session: "demo-fix", worktree: { id: "fix", main: bare } });
  });

  test("needs no git in PATH", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const tree = await addWorktree(world, "fix");
    const tools = join(world.root, "tools");
    mkdirSync(tools);
    for (const name of ["tmux", "sh", "bash", "sleep", "ps"]) {
      const path = Bun.which(name);
      if (path !== null) symlinkSync(path, join(tools, name));
    }
    const options = { cwd: tree, env: { PATH: tools } };
    expect((await ask(world, "start --wait", options)).exitCode).toBe(0);
    expect(await sessionIn(tree, world, "stop", { PATH: tools })).toBe("demo-fix");
  });
});

test("each worktree has a monitor and a daemon of its own, and completes its own tasks", async () => {
  await using world = createWorld();
  await makeRepository(world, CONFIG);
  const tree = await addWorktree(world, "fix");
  world.write("../trees/fix/taskmux.toml", CONFIG.replace("web", "api"));
  const daemon = await ask(world, "daemon --detach --port=0", { cwd: tree });
  expect(daemon.result.session).toBe("demo-fix");
  expect((await ask(world, "daemon status")).exitCode).toBe(1);
  const { pid } = (await ask(world, "daemon status", { cwd: tree })).result;
  expect(pid).toBe(daemon.result.pid);
  const own = await ask(world, "daemon --detach --port=0");
  expect(own.result).toMatchObject({ ok: true, session: "demo" });
  const { stdout } = await world.run(["__complete", "zsh", "start", ""], { cwd: tree });
  expect(stdout).toStartWith("words\napi\t");
  for (const cwd of [tree, world.project]) await ask(world, "daemon stop", { cwd });
});

test("`init` in a worktree proposes the name of the main checkout", async () => {
  await using world = createWorld();
  await git(world, ["init", "-q"]);
  await commitAll(world);
  const tree = await addWorktree(world, "fix");
  expect((await ask(world, "init --defaults", { cwd: tree })).result.session).toBe("project-fix");
  expect(readFileSync(join(tree, "taskmux.toml"), "utf8")).toContain('name = "project"\n');
});

test("in a nested worktree without a config nothing acts on the main checkout's", async () => {
  await using world = createWorld();
  await git(world, ["init", "-q"]);
  await commitAll(world);
  await git(world, ["worktree", "add", "-q", ".claude/worktrees/x"]);
  const main = world.writeConfig(CONFIG);
  await ask(world, "start");
  const { pid } = await statusOf(world, "web");
  const nested = { cwd: join(world.project, ".claude/worktrees/x") };
  for (const line of ["status", "start", "restart web", "stop", "kill web"]) {
    const { exitCode, result } = await ask(world, line, nested);
    expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 2, code: "E100" });
    expect(result.error).toContain(main);
  }
  expect((await statusOf(world, "web")).pid).toBe(pid);
  expect((await ask(world, `status --config=${main}`, nested)).result.running).toBe(true);
  await git(world, ["add", "taskmux.toml"]);
  await git(world, ["commit", "-q", "-m", "config"]);
  await git(world, ["merge", "-q", "--ff-only", "trunk"], nested.cwd);
  expect((await ask(world, "start", nested)).exitCode).toBe(0);
  expect((await ask(world, "stop", nested)).result.session).toBe("demo-x");
  expect((await statusOf(world, "web")).pid).toBe(pid);
});

describe("a worktree that is moved", () => {
  test("keeps its session, its records and its daemon", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const tree = await addWorktree(world, "fix");
    await ask(world, "start", { cwd: tree });
    const daemon = await ask(world, "daemon --detach --port=0", { cwd: tree });
    const pid = await pidIn(world, tree);
    const moved = join(world.root, "elsewhere");
    await git(world, ["worktree", "move", tree, moved]);
    const there = { cwd: moved };
    const { result } = await ask(world, "status", there);
    expect(result).toMatchObject({ session: "demo-fix", monitor: { pid: daemon.result.pid } });
    expect(await pidIn(world, moved)).toBe(pid);
    expect((await ask(world, "start", there)).result.already_running).toEqual(["web"]);
    expect((await ask(world, "status")).result.siblings).toEqual([
      { session: "demo-fix", config_path: join(moved, "taskmux.toml") },
    ]);
    expect((await ask(world, "restart web", there)).exitCode).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(await pidIn(world, moved)).toBeGreaterThan(0);
    // The daemon keeps watching the session that it knows by the former path.
    const api = await fetch(`${daemon.result.url}healthz`);
    expect(await api.json()).toMatchObject({ session: "demo-fix" });
    const again = await pidIn(world, moved);
    process.kill(again, "SIGKILL");
    await eventually(async () => ((await pidIn(world, moved)) ?? again) !== again);
    expect((await ask(world, "daemon stop", there)).result.pid).toBe(daemon.result.pid);
    expect((await ask(world, "stop", there)).result.tasks).toEqual(["web"]);
  });

  test("leaves its session behind for no other worktree that is made in its place", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const tree = await addWorktree(world, "fix");
    await ask(world, "start", { cwd: tree });
    const moved = join(world.root, "elsewhere");
    await git(world, ["worktree", "move", tree, moved]);
    await ask(world, "start", { cwd: moved });
    const pid = await pidIn(world, moved);
    await git(world, ["worktree", "add", "-q", "-b", "next", tree]);
    expect((await ask(world, "start", { cwd: tree })).result.ok).toBe(true);
    expect(await sessionIn(tree, world)).toBe("demo-fix1");
    const foreign = await ask(world, "status --session=demo-fix", { cwd: tree });
    expect(foreign.result.tasks ?? []).not.toContainEqual(expect.objectContaining({ pid }));
    expect(await pidIn(world, moved)).toBe(pid);
  });

  test("is not a copy of one, whose session is another's", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const tree = await addWorktree(world, "fix");
    await ask(world, "start", { cwd: tree });
    const copy = join(world.root, "copy");
    cpSync(tree, copy, { recursive: true });
    expect((await ask(world, "status", { cwd: copy })).result.error_code).toBe("E302");
  });
});

test("a worktree whose repository was moved keeps its session, and leaves that of the main checkout alone", async () => {
  await using world = createWorld();
  await makeRepository(world, CONFIG);
  const tree = await addWorktree(world, "fix");
  await ask(world, "start");
  await ask(world, "start", { cwd: tree });
  const [main, pid] = [await pidIn(world, world.project), await pidIn(world, tree)];
  renameSync(world.project, join(world.root, "moved"));
  expect(await sessionIn(tree, world)).toBe("demo-fix");
  expect(await pidIn(world, tree)).toBe(pid);
  expect((await ask(world, "stop", { cwd: tree })).result.tasks).toEqual(["web"]);
  expect([isAlive(pid), isAlive(main)]).toEqual([false, true]);
});

describe("a worktree that is removed while its session runs", () => {
  test("`why` says so, and with what to stop it", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const tree = await addWorktree(world, "fix");
    await ask(world, "start", { cwd: tree });
    const pid = await pidIn(world, tree);
    await git(world, ["worktree", "remove", "--force", tree]);
    expect((await ask(world, "status")).result.siblings).toEqual([
      { session: "demo-fix", config_path: join(tree, "taskmux.toml") },
    ]);
    const { result } = await ask(world, "why web --session=demo-fix");
    expect(result).toMatchObject({
      causes: [`its git worktree 'fix' is gone: ${tree}`],
      hint: "Stop what is left of it: taskmux stop --session demo-fix",
      worktree: { id: "fix", main: world.project, path: tree, exists: false },
      pid,
    });
    expect((await ask(world, "stop --session=demo-fix")).result.tasks).toEqual(["web"]);
    expect(isAlive(pid)).toBe(false);
  });

  test("one that is added under its name afterwards doesn't take its session over", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const tree = await addWorktree(world, "fix");
    await ask(world, "start", { cwd: tree });
    const pid = await pidIn(world, tree);
    await git(world, ["worktree", "remove", "--force", tree]);
    mkdirSync(join(world.root, "more"));
    const again = join(world.root, "more/fix");
    await git(world, ["worktree", "add", "-q", again, "fix"]);
    expect(basename(again)).toBe("fix");
    const { result } = await ask(world, "start", { cwd: again });
    expect(result).toMatchObject({
      error_code: "E302",
      hint: "Stop what is left of it: taskmux stop --session demo-fix",
    });
    expect(isAlive(pid)).toBe(true);
    await ask(world, "stop --session=demo-fix", { cwd: again });
    expect(isAlive(pid)).toBe(false);
    expect((await ask(world, "start", { cwd: again })).exitCode).toBe(0);
  });
});

describe("a session that an earlier taskmux started in a worktree under the plain name", () => {
  test.each([
    ["of 0.1.0, which recorded no owner", true],
    ["of a later version", false],
  ])("%s, stays in use until it is stopped", async (_, isOld) => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const tree = await addWorktree(world, "fix");
    await ask(world, "start --session=demo", { cwd: tree });
    if (isOld) rmSync(join(world.home, ".taskmux/run/demo/project.json"));
    const pid = await pidIn(world, tree);
    expect(pid).toBeGreaterThan(0);
    expect(await sessionIn(tree, world)).toBe("demo");
    // The main checkout's session has the same name, and is not the worktree's.
    expect((await ask(world, "start")).result.error_code).toBe("E302");
    expect((await ask(world, "restart web", { cwd: tree })).exitCode).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect((await ask(world, "stop", { cwd: tree })).result.tasks).toEqual(["web"]);
    expect(await sessionIn(tree, world)).toBe("demo-fix");
    expect((await ask(world, "start")).exitCode).toBe(0);
    expect((await ask(world, "start", { cwd: tree })).exitCode).toBe(0);
    expect(await sessionIn(tree, world)).toBe("demo-fix");
    world.write("../trees/fix/taskmux.toml", "nonsense");
    expect(await sessionIn(tree, world)).toBe("demo-fix");
  });

  test("of 0.1.0 itself, too, with all that runs in it", async () => {
    await using world = createWorld();
    const main = join(world.root, "main");
    mkdirSync(main);
    await git(world, ["init", "-q"], main);
    await git(world, ["commit", "-q", "--allow-empty", "-m", "x"], main);
    await git(world, ["worktree", "add", "-q", "--force", world.project], main);
    await placeLiveSession(world);
    const { result } = await ask(world, "status");
    expect(result).toMatchObject({ session: "shop", running: true, worktree: { main } });
    const { pid } = await statusOf(world, "web");
    expect((await ask(world, "restart web")).result.ok).toBe(true);
    expect(isAlive(pid)).toBe(false);
    expect((await ask(world, "stop")).result).toMatchObject({ ok: true, session: "shop" });
    expect((await ask(world, "start web")).result.ok).toBe(true);
    expect((await ask(world, "status")).result.session).toBe("shop-project");
  });

  test("of the main checkout is not the worktree's", async () => {
    await using world = createWorld();
    await makeRepository(world, CONFIG);
    const tree = await addWorktree(world, "fix");
    await ask(world, "start");
    rmSync(join(world.home, ".taskmux/run/demo/project.json"));
    expect(await sessionIn(tree, world)).toBe("demo-fix");
    expect((await ask(world, "start", { cwd: tree })).exitCode).toBe(0);
  });
});
