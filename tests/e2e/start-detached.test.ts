import { expect, test } from "bun:test";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { signal } from "../helpers/processes.ts";
import { ask, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = `name = "demo"
[tasks.web]
command = "exec sleep 1000"
restart_backoff = 0
`;

function createProject(config = CONFIG): World {
  const world = createWorld();
  world.writeConfig(config);
  return world;
}

const monitorOf = async (world: World) => (await ask(world, "status")).result.monitor;

test("start -d starts a daemon in the background and then the tasks, which it restarts", async () => {
  await using world = createProject();
  const { result } = await ask(world, "start -d");
  expect(result).toMatchObject({
    ok: true,
    tasks: ["web"],
    daemon: {
      action: "started",
      kind: "daemon",
      url: expect.stringContaining("http://127.0.0.1:"),
    },
  });
  expect(await monitorOf(world)).toEqual({ pid: result.daemon.pid, kind: "daemon" });
  const { pid } = await statusOf(world, "web");
  signal(pid, "SIGKILL");
  await eventually(async () => {
    const now = await statusOf(world, "web");
    return now.running && now.pid !== pid;
  });
});

test("start -d leaves a running monitor alone, and a daemon outlives the tasks' stop", async () => {
  await using world = createProject();
  const first = await ask(world, "start -d");
  const { pid, url } = first.result.daemon;
  const again = await ask(world, "start --detach web");
  expect(again.result).toMatchObject({
    action: "already_running",
    daemon: { action: "already_running", kind: "daemon", pid, url },
  });
  await ask(world, "stop");
  const shown = await world.run(["start", "-d"]);
  expect(shown.stdout).toBe(`already watched by daemon, pid ${pid}: ${url}\nstarted web\n`);
  expect(shown.stderr).not.toContain("note:");
});

test("start -d beside start -m starts no daemon", async () => {
  await using world = createProject();
  const monitor = world.spawn(["start", "-m", "--json"]);
  await eventuallyIs(
    () => monitorOf(world),
    (found) => found?.pid === monitor.pid,
  );
  const { result } = await ask(world, "start -d");
  expect(result.daemon).toEqual({
    action: "already_running",
    kind: "start -m",
    pid: monitor.pid,
    url: null,
  });
  monitor.signal("SIGTERM");
  await monitor.ended();
});

test("two at once share one daemon", async () => {
  await using world = createProject();
  const both = await Promise.all([ask(world, "start -d"), ask(world, "start -d")]);
  const pids = new Set(both.map(({ result }) => result.daemon.pid));
  expect(pids).toEqual(new Set([(await monitorOf(world)).pid]));
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
});

test("a daemon of start -d takes a free port where another program has its own", async () => {
  await using world = createProject();
  const holder = holdDefaultPort();
  const { exitCode, result } = await ask(world, "start -d");
  await holder?.stop(true);
  expect({ exitCode, daemon: result.daemon }).toMatchObject({
    exitCode: 0,
    daemon: { action: "started" },
  });
  // Where another program had the port, it may have left it since.
  if (holder !== null) expect(result.daemon.url).not.toContain(":8765/");
});

/** Null where somebody else has it. */
function holdDefaultPort() {
  try {
    return Bun.serve({ port: 8765, hostname: "127.0.0.1", fetch: () => new Response("other") });
  } catch {
    return null;
  }
}

test("the daemon of start -d --profile starts new tasks of the profile", async () => {
  await using world = createProject();
  await ask(world, "start -d --profile=*").then(({ result }) =>
    expect(result).toMatchObject({ error_code: "E205" }),
  );
  expect(await monitorOf(world)).toBeNull();
  const front = (name: string) =>
    `[tasks.${name}]\ncommand = "exec sleep 1000"\nprofiles = ["front"]\n`;
  world.writeConfig(`${CONFIG}${front("one")}`);
  const { result } = await ask(world, "start -d --profile=front");
  expect(result.tasks).toEqual(["web", "one"]);
  world.writeConfig(`${CONFIG}${front("one")}${front("two")}`);
  await eventually(async () => (await statusOf(world, "two"))?.running);
});

test.each([
  ["start -d webb", "E200"],
  ["start -d -m", "E500"],
])("%s is %s and starts no daemon", async (line, code) => {
  await using world = createProject();
  expect((await ask(world, line)).result).toMatchObject({ ok: false, error_code: code });
  expect(
    said(await world.run(["daemon", "status", "--json"]), "daemonStatusSchema").result,
  ).toMatchObject({ running: false });
});

const NOTE = "note: No monitor runs, so a task that crashes stays down.";

test("a bare start without a monitor says once a session that nothing is restarted", async () => {
  await using world = createProject();
  const starts = async () => (await world.run(["start"])).stderr.includes(NOTE);
  const json = await ask(world, "start");
  expect(json.stderr).not.toContain(NOTE);
  expect(await starts()).toBe(false);
  await ask(world, "stop web");
  expect(await starts()).toBe(true);
  await ask(world, "stop web");
  expect(await starts()).toBe(false);
  await ask(world, "stop");
  expect(await starts()).toBe(true);
});

test("it says so of a task that failed at once, and not of one that could not be launched", async () => {
  await using world = createProject(CONFIG.replace("exec sleep 1000", "exit 3"));
  const failed = await world.run(["start"]);
  expect(failed.exitCode).toBe(1);
  expect(failed.stderr).toContain(NOTE);
  await ask(world, "stop");
  world.writeConfig(`${CONFIG}cwd = "missing"\n`);
  const refused = await world.run(["start"]);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).not.toContain(NOTE);
});

test("it says nothing of tasks that are named, that nothing would restart, or that a monitor watches", async () => {
  await using world = createProject();
  const named = await world.run(["start", "web"]);
  expect(named.stderr).not.toContain(NOTE);
  await ask(world, "stop");
  world.writeConfig(`${CONFIG}restart_policy = "no"\n`);
  expect((await world.run(["start"])).stderr).not.toContain(NOTE);
  await ask(world, "stop");
  world.writeConfig(CONFIG);
  expect((await world.run(["start", "-d"])).stderr).not.toContain(NOTE);
});

test("the note repeats the flags that say which project is meant", async () => {
  await using world = createProject();
  const { stderr } = await world.run(["start", "--session", "other"]);
  expect(stderr).toContain("taskmux --session other start -d");
});
