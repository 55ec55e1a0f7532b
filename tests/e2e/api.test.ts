import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiConnection, startDaemon } from "../helpers/api.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { frame, rawSocket } from "../helpers/raw-socket.ts";
import { ask, conforms, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = `name = "demo"
[tasks.db]
command = "exec sleep 1000"
[tasks.web]
command = "echo ready; exec sleep 1000"
depends_on = ["db"]
`;

/** A world with a project, its daemon and a client of it. */
async function served(world: World, toml = CONFIG, flags: string[] = []) {
  world.writeConfig(toml);
  const daemon = await startDaemon(world, flags);
  const client = await ApiConnection.open(daemon.port);
  return { daemon, client };
}

test("status is the reference's shape, with our own keys", async () => {
  await using world = createWorld();
  const { client, daemon } = await served(world);
  const before = await client.ask("status");
  expect(before).toMatchObject({
    session_name: "demo",
    session_exists: false,
    session: "demo",
    running: false,
    active_tasks: 0,
    config_path: join(world.project, "taskmux.toml"),
    monitor: { pid: daemon.pid, kind: "daemon" },
    tasks: { web: { name: "web", state: "stopped", depends_on: ["db"] }, db: { state: "stopped" } },
  });
  expect(Date.parse(before.timestamp)).toBeGreaterThan(0);
  await client.ask("start");
  const after = await client.ask("status");
  expect(after).toMatchObject({ session_exists: true, active_tasks: 2 });
  const item = await statusOf(world, "web");
  expect(after.tasks.web).toEqual(item);
});

test("start, stop, restart, kill and logs take globs, other commands don't", async () => {
  await using world = createWorld();
  const { client } = await served(world);
  const tasksIn = ({ results }: any) => results.map(({ task }: any) => task);
  expect(tasksIn(await client.ask("start", { tasks: ["*"] }))).toEqual(["db", "web"]);
  expect(await client.ask("restart", { task: "d?" })).toMatchObject({ task: "db" });
  await eventually(async () =>
    /ready/.test(JSON.stringify(await client.ask("logs", { task: "w*" }))),
  );
  const searched = await client.ask("logs", { task: "w*", grep: "ready" });
  expect(searched).toMatchObject({ success: true, task: "web" });
  expect(await client.ask("stop", { tasks: ["we[b]"] })).toMatchObject({ task: "web" });
  expect(tasksIn(await client.ask("kill", { tasks: ["*", "db"] }))).toEqual(["db", "web"]);
  expect(await client.ask("stop", { task: "x*" })).toMatchObject({ error_code: "E200" });
  expect(await client.ask("inspect", { task: "w*" })).toMatchObject({ error_code: "E200" });
  const topics = ["logs"];
  expect(await client.ask("subscribe", { topics, task: "w*" })).toMatchObject({
    error_code: "E200",
  });
});

test("start, stop, restart and kill act as on the command line, for one task, several and all", async () => {
  await using world = createWorld();
  const { client } = await served(world);
  const one = await client.ask("start", { task: "web" });
  expect(one).toMatchObject({
    success: true,
    message: "Task 'web' started",
    ok: true,
    task: "web",
    action: "started",
    dependencies: ["db"],
  });
  expect(await client.ask("start", { task: "web" })).toMatchObject({ action: "already_running" });
  expect(await client.ask("start")).toMatchObject({ tasks: [], already_running: ["db", "web"] });

  const { pid } = await statusOf(world, "web");
  const restarted = await client.ask("restart", { task: "web", wait: true, timeout: "600s" });
  expect(restarted).toMatchObject({ success: true, action: "restarted" });
  await eventually(() => !isAlive(pid));

  const stopped = await client.ask("stop", { tasks: ["web", "db"] });
  expect(stopped).toMatchObject({ success: true, ok: true });
  expect(stopped.results.map(({ action }: any) => action)).toEqual(["stopped", "stopped"]);
  const alone = await client.ask("start", { task: "web", no_deps: true });
  expect(alone).toMatchObject({ success: true, dependencies: [] });
  expect(alone.warnings).toHaveLength(1);
  expect(await client.ask("kill", { task: "web" })).toMatchObject({
    success: true,
    message: "Task 'web' killed",
    action: "killed",
  });
  expect(await client.ask("stop")).toMatchObject({ success: true, action: "stopped", tasks: [] });
});

test("health, inspect, logs and events answer with the keys of the CLI's JSON", async () => {
  await using world = createWorld();
  const { client } = await served(world);
  await client.ask("start", { wait: true });
  const health = await client.ask("health");
  expect(health).toMatchObject({ success: true, healthy_count: 2, total_count: 2 });
  const inspection = await client.ask("inspect", { task: "web" });
  expect(inspection).toMatchObject({ success: true, message: "Task 'web' is running" });
  expect(inspection).toMatchObject((await ask(world, "inspect web")).result);

  const logs = () => client.ask("logs", { task: "web" });
  await eventuallyIs(logs, ({ lines }) => lines.length === 2);
  expect((await client.ask("logs", { task: "web", lines: 1 })).lines[0]).toMatch(/ ready$/);
  const found = await client.ask("logs", { grep: "READY", lines: 1 });
  expect(found).toMatchObject({ success: true, message: "1 line", session: "demo" });
  expect(found.lines[0]).toMatchObject({ task: "web", text: "ready" });
  expect((await client.ask("logs", { grep: "-x --", task: "web" })).lines).toEqual([]);
  expect((await client.ask("logs", { since: "2999-01-01T00:00Z" })).lines).toEqual([]);

  // The monitor may record one in between.
  const { events, count } = await eventually(async () => {
    const reply = await client.ask("events");
    expect(reply.events).toEqual((await ask(world, "events")).result.events);
    return reply;
  });
  expect(events.map(({ event }: any) => event)).toContain("task_started");
  expect(count).toBe(events.length);
  expect((await client.ask("events", { lines: 1 })).count).toBe(1);
  const ofWeb = (await client.ask("events", { task: "web" })).events;
  expect(new Set(ofWeb.map(({ task }: any) => task))).toEqual(new Set(["web"]));
});

const REFUSALS: [command: string, params: object | undefined, code: string, part: string][] = [
  ["statsu", undefined, "E501", "Unknown command"],
  ["restart", { tsak: "web" }, "E500", 'no param "tsak"'],
  ["restart", { task: 5 }, "E500", "'task' must be a task's name"],
  ["restart", { task: "wbe" }, "E200", "Task 'wbe' not found"],
  ["stop", { tasks: ["web", "ghost"] }, "E200", "ghost"],
  ["start", { wait: true, timeout: "soon" }, "E500", "'timeout'"],
  ["kill", undefined, "E500", "kill needs a task's name"],
  ["kill", { task: "../web" }, "E200", "not found"],
  ["inspect", { task: "" }, "E200", "not found"],
  ["logs", { task: "ghost" }, "E200", "ghost"],
  ["logs", { task: "ghost", grep: "x" }, "E200", "ghost"],
  ["logs", { since: "yesterday" }, "E500", "'since'"],
  ["events", { task: "ghost" }, "E200", "ghost"],
  ["subscribe", { topics: ["log"] }, "E500", "'topics.0'"],
  ["subscribe", { topics: ["logs"], task: "ghost" }, "E200", "ghost"],
];

test("what can't be done is an error reply, and the connection continues", async () => {
  await using world = createWorld();
  const { client } = await served(world);
  for (const [command, params, code, part] of REFUSALS) {
    const reply = await client.ask(command, params);
    expect(reply).toMatchObject({ success: false, error_code: code });
    expect(reply.error).toContain(part);
  }
  client.send("5");
  client.send("{");
  client.send(Buffer.from('{"command":"status"}'));
  await eventually(() => client.replies.length === 3);
  for (const reply of client.replies) expect(reply.error_code).toBe("E500");
  expect(await client.ask("ping")).toEqual({ success: true, message: "pong" });
});

test("a failure of a use case bears its code, and success is false", async () => {
  await using world = createWorld();
  const toml = `${CONFIG}[tasks.bad]\ncommand = "true"\ncwd = "gone"\n`;
  const { client } = await served(world, toml);
  const reply = await client.ask("start", { task: "bad" });
  expect(reply).toMatchObject({ success: false, ok: false, task: "bad", error_code: "E213" });
  expect(reply.message).toBe(reply.error);
});

test("a reply bears the id of its request: a string, a number, or none", async () => {
  await using world = createWorld();
  const { client } = await served(world);
  for (const id of ["a", "", 0, -1.5, undefined, null]) {
    client.replies.length = 0;
    client.send(JSON.stringify({ command: "ping", id }));
    await eventually(() => client.replies.length === 1);
    expect(client.replies[0]).toEqual({
      success: true,
      message: "pong",
      ...((typeof id === "string" || typeof id === "number") && { id }),
    });
  }
});

test("subscribers get events, log lines and each change of the status, others get nothing", async () => {
  await using world = createWorld();
  const { client, daemon } = await served(world);
  await using other = await ApiConnection.open(daemon.port);
  const { subscriptions } = await client.ask("subscribe", { topics: ["events", "status", "logs"] });
  expect(subscriptions.map(({ topic }: any) => topic)).toEqual(["events", "status", "logs"]);
  await client.ask("start");
  const started = ({ event }: any) => event === "task_started";
  await eventually(() => client.pushed("event").filter(started).length === 2);
  await eventually(() => client.pushed("log").some(({ text }) => text === "ready"));
  await eventually(() => client.pushed("status").at(-1)?.active_tasks === 2);
  await client.ask("stop");
  await eventually(() => client.pushed("status").at(-1)?.session_exists === false);
  await eventually(() => client.pushed("event").some(({ event }) => event === "session_stopped"));
  expect(other.pushes).toEqual([]);
});

test("subscribers get a crash, and the restart after it", async () => {
  await using world = createWorld();
  const { client } = await served(world);
  await client.ask("start");
  await client.ask("subscribe", { topics: ["events", "status"] });
  const { pid } = await statusOf(world, "web");
  process.kill(pid, "SIGKILL");
  await eventually(() => client.pushed("event").some(({ event }) => event === "auto_restart"));
  await eventually(() => {
    const now = client.pushed("status").at(-1)?.tasks.web;
    return now?.state === "running" && now.pid !== pid && now.restarts === 1;
  });
});

test("subscribers to what tasks use get it, of one task or all; others get nothing", async () => {
  await using world = createWorld();
  const { client, daemon } = await served(world);
  await using other = await ApiConnection.open(daemon.port);
  await using one = await ApiConnection.open(daemon.port);
  await client.ask("start");
  await client.ask("subscribe", { topics: ["usage"] });
  await one.ask("subscribe", { topics: ["usage"], task: "web" });
  const usage = await eventually(() =>
    client.pushed("usage").find(({ total }) => total.cpu_percent !== null),
  );
  conforms("topSchema", usage);
  expect(usage.tasks.map(({ name }: any) => name)).toEqual(["db", "web"]);
  expect(usage.total.processes).toBeGreaterThanOrEqual(2);
  await eventually(() => one.pushed("usage").length > 1);
  for (const { tasks } of one.pushed("usage")) expect(tasks).toMatchObject([{ name: "web" }]);
  expect(other.pushes).toEqual([]);
  expect(await client.ask("unsubscribe")).toMatchObject({ subscriptions: [] });
});

test("`why` explains a task as on the command line", async () => {
  await using world = createWorld();
  const { client } = await served(world);
  const { success, message, ...found } = await client.ask("why", { task: "web" });
  expect({ success, message }).toEqual({ success: true, message: found.summary });
  conforms("whySchema", found);
  expect(await client.ask("why", { task: "ghost" })).toMatchObject({ error_code: "E200" });
});

test("a log has its colours where they are asked for", async () => {
  await using world = createWorld();
  world.writeConfig(
    `name = "demo"\n[tasks.web]\ncommand = "printf '\\\\033[31mred\\\\033[0m\\\\n'; exec sleep 1000"\n`,
  );
  const { port } = await startDaemon(world);
  await using client = await ApiConnection.open(port);
  await client.ask("subscribe", { topics: ["logs"] });
  await client.ask("start", { wait: true });
  const line = await eventually(() => client.pushed("log").find(({ text }) => text === "red"));
  expect(line.styled).toBe("\x1b[31mred\x1b[0m");
  const other = client.pushed("log").find(({ text }) => text.startsWith("[taskmux]"));
  expect(other).not.toHaveProperty("styled");
  const last = async (params: object) =>
    (await client.ask("logs", { task: "web", lines: 1, ...params })).lines[0].split(" ")[1];
  expect(await last({})).toBe("red");
  expect(await last({ colour: true })).toBe("\x1b[31mred\x1b[0m");
});

test("a subscription to one task tells of nothing else, and two of them tell nothing twice", async () => {
  await using world = createWorld();
  const { client } = await served(world);
  const topics = ["events", "logs", "status"];
  await client.ask("subscribe", { topics, task: "web" });
  await client.ask("subscribe", { topics, task: "web" });
  await client.ask("start");
  await eventually(() => client.pushed("log").some(({ text }) => text === "ready"));
  await eventually(() => client.pushed("status").at(-1)?.tasks.web.running);
  await eventually(() => client.pushed("event").some(({ event }) => event === "task_started"));
  const told = [...client.pushed("log"), ...client.pushed("event")].map(({ task }) => task);
  expect(new Set(told)).toEqual(new Set(["web"]));
  for (const { tasks } of client.pushed("status")) expect(Object.keys(tasks)).toEqual(["web"]);

  const all = await client.ask("subscribe", { topics: ["logs"] });
  expect(all.subscriptions).toContainEqual({ topic: "logs", task: null });
  client.pushes.length = 0;
  await client.ask("restart");
  await eventually(() => client.pushed("log").some(({ task }) => task === "db"));
  const ready = () => client.pushed("log").filter(({ text }) => text === "ready");
  await eventually(() => ready().length > 0);
  expect(ready()).toHaveLength(1);
});

test("unsubscribe ends what is reported", async () => {
  await using world = createWorld();
  const { client } = await served(world);
  await client.ask("subscribe", { topics: ["events", "logs"] });
  const { subscriptions } = await client.ask("unsubscribe", { topics: ["events"] });
  expect(subscriptions).toEqual([{ topic: "logs", task: null }]);
  await client.ask("start");
  await eventually(() => client.pushed("log").some(({ text }) => text === "ready"));
  expect(client.pushed("event")).toEqual([]);
  expect((await client.ask("unsubscribe")).subscriptions).toEqual([]);
});

test("every client gets the results of a round of health checks", async () => {
  await using world = createWorld();
  const toml = `name = "demo"\n[tasks.web]\ncommand = "exec sleep 1000"\nhealth_check = "true"\nhealth_interval = 1\n`;
  const { client } = await served(world, toml);
  await client.ask("start", { wait: true });
  await eventually(() => client.pushed("health_check").at(-1)?.healthy_count === 1);
  expect(client.pushed("health_check").at(-1)).toMatchObject({ total_count: 1 });
});

test("a slow command holds up no other client, nor another command of the same one", async () => {
  await using world = createWorld();
  const toml = `name = "demo"\n[tasks.slow]\ncommand = "exec sleep 1000"\nhooks = { before_start = "touch begun; until test -e go; do sleep 0.05; done" }\n`;
  const { client, daemon } = await served(world, toml);
  await using other = await ApiConnection.open(daemon.port);
  let isDone = false;
  const slow = client.ask("start").then((reply) => ((isDone = true), reply));
  await eventually(() => existsSync(join(world.project, "begun")));
  for (const each of [client, other]) {
    expect(await each.ask("ping")).toMatchObject({ success: true });
    expect(await each.ask("status")).toMatchObject({ session: "demo" });
  }
  expect(isDone).toBe(false);
  world.write("go", "");
  expect(await slow).toMatchObject({ success: true, tasks: ["slow"] });
});

test("a client that goes away has its command finished", async () => {
  await using world = createWorld();
  const { client, daemon } = await served(world);
  client.send('{"command":"start"}');
  client.send('{"command":"ping"}');
  await eventually(() => client.replies.length > 0);
  client.socket.terminate();
  await using other = await ApiConnection.open(daemon.port);
  await eventually(async () => (await other.ask("status")).active_tasks === 2);
});

test("a client's 33rd concurrent command is refused", async () => {
  await using world = createWorld();
  const toml = `name = "demo"\n[tasks.slow]\ncommand = "exec sleep 1000"\nhooks = { before_start = "touch begun; until test -e go; do sleep 0.05; done" }\n`;
  const { client } = await served(world, toml);
  const replies = Array.from({ length: 40 }, () => client.ask("start"));
  const refused = await Promise.all(replies.slice(32));
  for (const reply of refused) expect(reply).toMatchObject({ success: false, error_code: "E703" });
  expect(await client.ask("ping")).toMatchObject({ success: true });
  world.write("go", "");
  for (const reply of await Promise.all(replies.slice(0, 32))) expect(reply.success).toBe(true);
  // One that was answered isn't under way any more.
  const later = Array.from({ length: 32 }, () => client.ask("status"));
  for (const reply of await Promise.all(later)) expect(reply.error_code).toBeUndefined();
});

test("commands of two clients and the command line wait for each other: a task is launched once", async () => {
  await using world = createWorld();
  const { client, daemon } = await served(world);
  await using other = await ApiConnection.open(daemon.port);
  const [one, two, cli] = await Promise.all([
    client.ask("start"),
    other.ask("start"),
    ask(world, "start").then(({ result }) => result),
  ]);
  const launched = [one, two, cli].flatMap(({ tasks }: any) => tasks);
  expect(launched.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["db", "web"]);
});

test("the API goes by the config that holds now", async () => {
  await using world = createWorld();
  const { client } = await served(world);
  await client.ask("start");
  writeFileSync(
    join(world.project, "taskmux.toml"),
    `${CONFIG}[tasks.new]\ncommand = "exec sleep 1000"\n`,
  );
  await eventually(async () => "new" in (await client.ask("status")).tasks);
  expect(await client.ask("restart", { task: "new" })).toMatchObject({ success: true });
  await client.ask("subscribe", { topics: ["logs"], task: "new" });
});

test("the daemon's end closes its clients with 1001, after what is under way", async () => {
  await using world = createWorld();
  const { client, daemon } = await served(world);
  const started = client.ask("start");
  await client.ask("ping");
  daemon.running.signal("SIGTERM");
  expect(await started).toMatchObject({ success: true });
  expect((await client.closed).code).toBe(1001);
  expect((await daemon.running.ended()).exitCode).toBe(0);
  expect((await statusOf(world, "web")).state).toBe("running");
});

test("a port that is taken is E700, and says by whom", async () => {
  await using world = createWorld();
  const { daemon } = await served(world);
  await using second = createWorld();
  second.writeConfig('name = "other"\n[tasks]\nweb = "sleep 1000"\n');
  const { exitCode, result } = await ask(second, `daemon --port=${daemon.port}`);
  expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E700" });
  expect(result.error).toContain(`Port ${daemon.port} is in use by pid ${daemon.pid}`);
  expect(result.hint).toContain("--port");
});

test("a task of a hostile name or output comes as text, and stays one message a line", async () => {
  await using world = createWorld();
  const toml = `name = "demo"\n[tasks.__proto__]\ncommand = '''printf '</script><b>"\\\\x\\n'; exec sleep 1000'''\n`;
  const { client } = await served(world, toml);
  await client.ask("subscribe", { topics: ["logs"], task: "__proto__" });
  await client.ask("start");
  await eventually(() => client.pushed("log").some(({ text }) => text.startsWith("</script><b>")));
  expect(Object.keys((await client.ask("status")).tasks)).toEqual(["__proto__"]);
});

test("a task that floods its log costs nobody a reply, and says what was left out", async () => {
  await using world = createWorld();
  const { client, daemon } = await served(
    world,
    'name = "demo"\n[tasks]\nflood = "yes abcdefgh"\nweb = "echo ready; exec sleep 1000"\n',
  );
  await client.ask("subscribe", { topics: ["logs"] });
  await client.ask("start");
  await eventually(() => client.pushed("log").some(({ text }) => text.includes("left out here")));
  expect(await client.ask("ping")).toMatchObject({ success: true });
  await eventually(() => client.pushed("log").some(({ text }) => text === "ready"));
  await client.ask("kill", { task: "flood" });
  expect(daemon.running.stderr()).toBe("");
});

test("tasks don't get the daemon's token", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "env >said; exec sleep 1000"\n');
  const env = { TASKMUX_TOKEN: "sesame-open" };
  const { port } = await startDaemon(world, [], { env });
  const headers = { Authorization: "Bearer sesame-open" };
  const client = await ApiConnection.open(port, { headers });
  await client.ask("start");
  const said = join(world.project, "said");
  await eventually(() => existsSync(said) && readFileSync(said, "utf8").includes("TASKMUX_TASK"));
  expect(readFileSync(said, "utf8")).not.toContain("sesame");
});

test("a client that doesn't read is dropped before it costs memory; the others are not", async () => {
  await using world = createWorld();
  const { client, daemon } = await served(world);
  const line = `2026-01-01T00:00:00.000 ${"x".repeat(500)}\n`;
  mkdirSync(join(world.home, ".taskmux/logs/demo"), { recursive: true, mode: 0o700 });
  writeFileSync(join(world.home, ".taskmux/logs/demo/web.log"), line.repeat(8000));
  const sleeper = await rawSocket(daemon.port);
  sleeper.pause();
  const ask = { command: "logs", params: { task: "web", lines: 8000 } };
  // Each reply has 4 MB, and the kernel holds some 10.
  for (let id = 0; id < 20; id++) sleeper.write(frame(Buffer.from(JSON.stringify({ ...ask, id }))));
  const reader = await client.ask("logs", ask.params);
  expect(reader.lines).toHaveLength(8000);
  sleeper.resume();
  await sleeper.closed;
  expect(sleeper.received()).toBeLessThan(40e6);
  expect(await client.ask("ping")).toMatchObject({ success: true });
});
