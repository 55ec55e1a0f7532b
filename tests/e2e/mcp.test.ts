import { expect, test } from "bun:test";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { commandLine } from "../../src/adapters/processes/description.ts";
import { TOOLS } from "../../src/domain/mcp/tools.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { listening } from "../helpers/listening.ts";
import { checked, type Era, startMcp } from "../helpers/mcp.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { worldProcesses } from "../helpers/world-processes.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = `name = "demo"
[tasks.api]
command = "echo api is up; exec sleep 1000"
[tasks.bad]
command = "echo 'TypeError: boom'; exit 3"
health_check = "test -f fixed"
auto_start = false
[tasks.slow]
command = "exec sleep 1000"
health_check = "test -f ready"
auto_start = false
[tasks.after]
command = "exec sleep 1000"
depends_on = ["slow"]
auto_start = false
`;

const ERAS: Era[] = ["2025-11-25", "2026-07-28"];

test.each(ERAS)(
  "raw lines of %s: the list, a call, an unknown tool, wrong arguments",
  async (era) => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    await using server = await startMcp(world, { era });
    const { result } = await server.request("tools/list");
    expect(result.tools.map(({ name }: { name: string }) => name)).toEqual(
      TOOLS.map(({ name }) => name),
    );
    expect(result.tools).toMatchObject(JSON.parse(JSON.stringify(TOOLS)));
    expect(await server.call("status")).toMatchObject({ session: "demo", dir: world.project });
    const { error } = await server.request("tools/call", { name: "reboot", arguments: {} });
    expect(error).toMatchObject({ code: -32602, message: "Unknown tool: reboot" });
    expect(await server.call("status", { x: 1 })).toMatchObject({ error_code: "E500" });
    server.closeStdin();
    expect(await server.exited).toBe(0);
  },
);

test.each(["legacy", "auto"] as const)("the SDK's client speaks to it: %s", async (mode) => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const client = new Client({ name: "sdk", version: "1" }, { versionNegotiation: { mode } });
  const transport = new StdioClientTransport({
    command: builtBinary(),
    args: ["mcp"],
    cwd: world.project,
    env: world.env,
    stderr: "ignore",
  });
  await client.connect(transport);
  try {
    expect(client.getServerVersion()?.name).toBe("taskmux");
    expect(client.getInstructions()).toContain("Begin with status");
    expect((await client.listTools()).tools).toHaveLength(TOOLS.length);
    // The client checks each result against the schema of the list.
    const started = await client.callTool({ name: "start", arguments: {} });
    expect(checked("start", { result: started })).toMatchObject({ ok: true });
    const wrong = await client.callTool({ name: "why", arguments: { task: "nix" } });
    expect(wrong).toMatchObject({ isError: true });
  } finally {
    await client.close();
  }
});

test("a session of jobs: up, the cause of a crash, fixed, stopped", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await using server = await startMcp(world);
  const up = await server.call("start");
  expect(up).toMatchObject({ ok: true, session: "demo" });
  expect(up.tasks).toMatchObject([{ name: "api", state: "running" }]);
  expect(up.tasks[0]).not.toHaveProperty("by");
  expect((await server.call("status")).tasks[0]).toMatchObject({ name: "api", by: "tester" });
  expect(await server.call("start", { tasks: ["api"] })).toMatchObject({
    ok: true,
    tasks: [{ name: "api", pid: up.tasks[0].pid }],
  });
  const crashed = await server.call("start", { tasks: ["bad"] });
  expect(crashed).toMatchObject({
    ok: false,
    tasks: [{ name: "bad", state: "failed" }],
    failures: [{ task: "bad", error_code: "E215", errors: [{ text: "TypeError: boom" }] }],
  });
  const reasons = await server.call("why", { task: "bad" });
  expect(reasons).toMatchObject({ state: "failed", errors: [{ text: "TypeError: boom" }] });
  world.write("fixed", "");
  world.writeConfig(CONFIG.replace("exit 3", "exec sleep 1000"));
  const fixed = await server.call("restart", { tasks: ["bad"] });
  expect(fixed).toMatchObject({ ok: true, tasks: [{ name: "bad", state: "running" }] });
  expect(fixed).not.toHaveProperty("failures");
  const run = { name: "docs", command: 'echo "docs $A"; exec sleep 1000', env: { A: "b  c" } };
  expect(await server.call("run", run)).toMatchObject({ ok: true, tasks: [{ name: "docs" }] });
  const logs = await eventually(async () => {
    const { text } = await server.call("logs", { tasks: ["docs"] });
    return /docs b {2}c/.test(text);
  });
  expect(logs).toBe(true);
  expect(await server.call("stop", { tasks: ["bad"] })).toMatchObject({
    ok: true,
    tasks: [{ name: "bad", state: "stopped" }],
  });
  expect(await server.call("stop")).toMatchObject({ error_code: "E500" });
  expect(await server.call("stop", { tasks: ["api"], all: true })).toMatchObject({
    error_code: "E500",
  });
  expect(await server.call("stop", { all: true })).toMatchObject({ ok: true });
  expect((await ask(world, "status")).result).toMatchObject({ running: false });
  const matched = await server.call("start", { tasks: ["ap?"] });
  expect(matched).toMatchObject({ ok: true, tasks: [{ name: "api" }] });
  expect((await server.call("logs", { tasks: ["ap*"] })).text).toMatch(/^\d/);
  for (const tasks of [["nix"], ["x*"]])
    expect(await server.call("restart", { tasks })).toMatchObject({ error_code: "E200" });
  expect(await server.call("why", { task: "nix" })).toMatchObject({ error_code: "E200" });
});

test("verify and restart say whether an edit works, and which errors are new", async () => {
  await using world = createWorld();
  const script = "cat known; if test -f broken; then cat broken; fi; exec sleep 1000";
  world.write("known", "TypeError: known\n");
  world.writeConfig(`name = "demo"\n[tasks.api]\ncommand = "${script}"\n`);
  await using server = await startMcp(world);
  await server.call("start");
  const good = await server.call("restart", { tasks: ["api"], settle_s: 1.2 });
  expect(good).toMatchObject({ ok: true, tasks: [{ name: "api", state: "running" }] });
  expect(good).not.toHaveProperty("new_errors");
  const fine = await server.call("verify", { settle_s: 0.2 });
  expect(fine).toMatchObject({ ok: true, verdict: "ok", tasks: [{ task: "api", healthy: true }] });
  expect(fine.tasks[0]).not.toHaveProperty("new_errors");
  world.write("broken", "RangeError: bad rate\n");
  const errors = [{ text: "RangeError: bad rate" }];
  // On a busy machine its output comes late.
  const broken = await server.call("restart", { tasks: ["api"], settle_s: 10 });
  expect(broken).toMatchObject({ ok: false, new_errors: errors });
  const cursor = { cursor: fine.cursor, settle_s: 0.2 };
  const verified = await server.call("verify", cursor);
  expect(verified).toMatchObject({
    ok: false,
    verdict: "new_errors",
    tasks: [{ new_errors: errors }],
  });
  await server.call("stop", { tasks: ["api"] });
  expect(await server.call("verify", { tasks: ["api"] })).toMatchObject({ verdict: "not_running" });
  const late = await server.call("verify", { tasks: ["api"], cursor: "x" });
  expect(late).toMatchObject({ error_code: "E500" });
});

test("a cursor returns only what is new, through restart and deletion; another session refuses it", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await using server = await startMcp(world);
  await server.call("start");
  const first = await eventually(async () => {
    const answer = await server.call("logs");
    return answer.text.includes("api is up") ? answer : null;
  });
  const nothing = await server.call("logs", { cursor: first.cursor });
  expect(nothing).toMatchObject({ text: "", left_out: 0, cursor: first.cursor });
  await server.call("restart", { tasks: ["api"], settle_s: 0 });
  await eventually(async () => {
    const { text } = await server.call("logs", { cursor: first.cursor });
    return text.match(/started pid/g)?.length === 1 && text.includes("api is up");
  });
  const cut = await server.call("logs", { cursor: first.cursor, lines: 1 });
  expect(cut.left_out).toBeGreaterThan(0);
  await ask(world, "logs-clean");
  await server.call("restart", { tasks: ["api"], settle_s: 0 });
  await eventually(async () =>
    (await server.call("logs", { cursor: cut.cursor })).text.includes("api is up"),
  );
  const found = await server.call("logs", { grep: "IS UP", lines: 1 });
  expect(found.text).toMatch(/^api \d\d:\d\d:\d\d api is up$/);
  const matched = await server.call("logs", { grep: "^api +is", regex: true, tasks: ["api"] });
  expect(matched.text).toMatch(/^\d\d:\d\d:\d\d api is up$/m);
  const run = await server.call("logs", { run: 0, tasks: ["api"] });
  expect(run.text).toContain("api is up");
  expect(await server.call("logs", { run: -9 })).toMatchObject({ error_code: "E500" });
  const clash = { cursor: first.cursor, since: "5m" };
  expect(await server.call("logs", clash)).toMatchObject({ error_code: "E500" });
  expect(await server.call("logs", { since: "x" })).toMatchObject({ error_code: "E500" });
  await using other = await startMcp(world, { args: ["--session", "other"] });
  expect(await other.call("logs", { cursor: first.cursor })).toMatchObject({ error_code: "E500" });
});

/** A project with a log in which a search with BACKTRACKING takes hours: seconds for each line. */
function writeSlowLog(world: World): void {
  world.write("slow", `${"a".repeat(40)}!\n`.repeat(5000));
  const command = "echo; cat slow; echo end; exec sleep 1000";
  world.writeConfig(`name = "demo"\n[tasks.api]\ncommand = "${command}"\nready_log = "end"\n`);
}

const BACKTRACKING = { grep: "^(a+)+$", regex: true };

const isSearch = (pid: number): boolean => commandLine(pid).includes("__search-logs");

test.each([
  ["the newest lines", {}],
  ["a run", { run: 0 }],
  ["what is new", null],
])(
  "an expression that takes long in %s delays no other call, and ends when cancelled",
  async (_, where) => {
    await using world = createWorld();
    writeSlowLog(world);
    await using server = await startMcp(world);
    const { cursor } = await server.call("logs");
    expect(await server.call("start")).toMatchObject({ ok: true });
    const args = { ...BACKTRACKING, ...(where ?? { cursor }) };
    const requestId = server.send("tools/call", { name: "logs", arguments: args });
    const search = await eventually(() => worldProcesses(world).find(isSearch));
    expect(await server.call("status")).toMatchObject({ session: "demo" });
    server.notify("notifications/cancelled", { requestId });
    await eventually(() => !isAlive(search));
    expect(server.messages().some(({ id }) => id === requestId)).toBe(false);
  },
);

test("a search ends with its server, and by itself if that is killed", async () => {
  await using world = createWorld();
  writeSlowLog(world);
  await using server = await startMcp(world);
  expect(await server.call("start")).toMatchObject({ ok: true });
  server.send("tools/call", { name: "logs", arguments: BACKTRACKING });
  const search = await eventually(() => worldProcesses(world).find(isSearch));
  const limits = () => readFileSync(`/proc/${search}/limits`, "utf8");
  await eventually(() => /^Max cpu time +60 +61 /m.test(limits()));
  server.closeStdin();
  expect(await server.exited).toBe(0);
  await eventually(() => !isAlive(search));
});

test("of much output the newest lines are returned, as many as fit", async () => {
  await using world = createWorld();
  const script = `for (let i = 0; i < 500; i++) console.log(i, '"'.repeat(i % 50 === 0 ? 3000 : 60));`;
  world.write("much.js", `${script}\nconsole.log("the last");\n`);
  const command = `'${process.execPath}' much.js; exec sleep 1000`;
  world.writeConfig(`name = "demo"\n[tasks.api]\ncommand = "${command}"\nready_log = "the last"\n`);
  await using server = await startMcp(world);
  expect(await server.call("start")).toMatchObject({ ok: true });
  const all = await eventually(async () => {
    const answer = await server.call("logs", { lines: 1000 });
    return answer.text.endsWith("the last") ? answer : null;
  });
  expect(JSON.stringify(all).length).toBeGreaterThan(15_000);
  expect(all.left_out).toBeGreaterThan(100);
  expect(all.cut).toBeGreaterThan(0);
  expect(all.left_out + all.text.split("\n").length).toBe(502);
  expect(await server.call("logs", { cursor: all.cursor })).toMatchObject({
    text: "",
    left_out: 0,
  });
});

test("it starts without a config, and reads the config again at each call", async () => {
  await using world = createWorld();
  await using server = await startMcp(world);
  expect(await server.call("status")).toMatchObject({ error_code: "E100" });
  world.writeConfig('name = "demo"\n[tasks.api]\ncommand = "x"\nprot = 1\n');
  const broken = await server.call("start");
  expect(broken).toMatchObject({ error_code: "E103" });
  expect(broken.errors[0]).toMatchObject({ line: 4, column: 1 });
  world.writeConfig(CONFIG);
  expect((await server.call("status")).tasks).toHaveLength(4);
});

test("why says who holds a port", async () => {
  await using world = createWorld();
  await using programs = listening();
  const port = programs.freePort();
  const pid = await programs.listen(port);
  world.writeConfig(`name = "demo"\n[tasks.api]\ncommand = "sleep 9"\nport = ${port}\n`);
  await using server = await startMcp(world);
  const held = await server.call("why", { port });
  const { owner, ...holder } = held.holder;
  expect({ ...held, holder }).toEqual({
    session: "demo",
    dir: world.project,
    state: "held",
    summary: `Port ${port} is held by pid ${pid}`,
    hint: "taskmux why api",
    holder: {
      pid,
      command: expect.stringContaining(`${port}`),
      cwd: realpathSync(programs.directory),
    },
  });
  // What its sentences say isn't said again.
  const reasons = await server.call("why", { task: "api" });
  expect(reasons.holder).toEqual({ pid, owner });
  expect(reasons.causes[0]).toContain(`held by pid ${pid} (`);
  expect(reasons.causes[0]).toContain(
    `in ${realpathSync(programs.directory)}, which belongs to ${owner}`,
  );
  const free = await server.call("why", { port: programs.freePort() });
  expect(free).toMatchObject({ state: "free" });
  expect(await server.call("why", {})).toMatchObject({ error_code: "E500" });
});

test("calls run side by side, each of them answered", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await using server = await startMcp(world);
  const waiting = server.send("tools/call", {
    name: "start",
    arguments: { tasks: ["slow"], timeout_s: 600 },
  });
  await eventually(async () => (await statusOf(world, "slow")).running);
  const names = ["status", "start", "logs", "why"] as const;
  const args = { status: {}, start: { tasks: ["api"] }, logs: {}, why: { task: "api" } };
  const calls = Array.from({ length: 20 }, (_, i) => {
    const name = names[i % names.length]!;
    return server.call(name, args[name]);
  });
  const answers = await Promise.all(calls);
  for (const answer of answers) expect(answer).toMatchObject({ session: "demo" });
  expect(server.messages().some(({ id }) => id === waiting)).toBe(false);
  world.write("ready", "");
  expect(checked("start", await server.response(waiting))).toMatchObject({ ok: true });
});

test("a wait that runs out is no error", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await using server = await startMcp(world);
  const late = await server.call("start", { tasks: ["slow"], timeout_s: 0.3 });
  expect(late).toMatchObject({ ok: false, timed_out: true });
  expect(late.tasks).toMatchObject([{ name: "slow", healthy: false }]);
  expect(await server.call("start", { tasks: ["slow"], timeout_s: 0 })).toMatchObject({ ok: true });
});

test("progress comes where it was asked for", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await using server = await startMcp(world);
  const name = "start";
  const _meta = { progressToken: "t1" };
  const id = server.send("tools/call", { name, arguments: { tasks: ["slow"] }, _meta });
  await eventually(() =>
    server.messages().some(({ params }) => /slow: launched/.test(params?.message ?? "")),
  );
  world.write("ready", "");
  await server.response(id);
  const notes = server.messages().filter(({ method }) => method === "notifications/progress");
  expect(notes.map(({ params }) => params.progress)).toEqual(notes.map((_, i) => i + 1));
  expect(notes.every(({ params }) => params.progressToken === "t1")).toBe(true);
});

test("a cancelled start launches nothing more, what it launched stays, and the lock is free", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await using server = await startMcp(world);
  const requestId = server.send("tools/call", {
    name: "start",
    arguments: { tasks: ["after"], timeout_s: 600 },
  });
  const { pid } = await eventually(async () => {
    const slow = await statusOf(world, "slow");
    return slow.pid === null ? null : slow;
  });
  server.notify("notifications/cancelled", { requestId });
  // It answers the next call, and another command gets the lock.
  expect(await server.call("status")).toMatchObject({ session: "demo" });
  expect((await ask(world, "start api")).result).toMatchObject({ ok: true });
  world.write("ready", "");
  await eventually(async () => (await statusOf(world, "slow")).healthy);
  expect(isAlive(pid)).toBe(true);
  expect(await statusOf(world, "after")).toMatchObject({ running: false });
  expect(server.messages().some(({ id }) => id === requestId)).toBe(false);
});

test("a call that waits for the lock and is cancelled does nothing when it is free", async () => {
  await using world = createWorld();
  const hook = "touch held; while ! test -f go; do sleep 0.05; done";
  world.writeConfig(`${CONFIG}[hooks]\nbefore_start = "${hook}"\n`);
  await using server = await startMcp(world);
  const holder = world.spawn(["start", "api"]);
  await eventually(() => existsSync(`${world.project}/held`));
  const requestId = server.send("tools/call", {
    name: "stop",
    arguments: { tasks: ["api"] },
    _meta: { progressToken: 1 },
  });
  await eventually(() =>
    server.messages().some(({ params }) => /another taskmux command/.test(params?.message ?? "")),
  );
  server.notify("notifications/cancelled", { requestId });
  await server.call("status");
  world.write("go", "");
  expect((await holder.ended()).exitCode).toBe(0);
  expect((await ask(world, "restart bad")).exitCode).toBe(1);
  expect(await statusOf(world, "api")).toMatchObject({ running: true, want: "up" });
});

test.each(["stdin", "SIGTERM", "SIGKILL"] as const)(
  "it ends by %s in the middle of a wait, and leaves no lock",
  async (how) => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    await using server = await startMcp(world);
    server.send("tools/call", { name: "start", arguments: { tasks: ["slow"], timeout_s: 600 } });
    const { pid } = await eventually(async () => {
      const slow = await statusOf(world, "slow");
      return slow.pid === null ? null : slow;
    });
    if (how === "stdin") server.closeStdin();
    else process.kill(server.pid, how);
    expect(await server.exited).toBe(how === "SIGKILL" ? 137 : 0);
    expect((await ask(world, "start api")).result).toMatchObject({ ok: true });
    expect(isAlive(pid)).toBe(true);
  },
);

test("what is no message is skipped, and one that is too long ends the server", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await using server = await startMcp(world);
  server.write('garbage\n{"jsonrpc":"1.0"}\n[]\n\n{"a":\n');
  expect(await server.call("status")).toMatchObject({ session: "demo" });
  server.write(`"${"x".repeat(11 << 20)}`);
  expect(await server.exited).toBe(0);
});

test("an answer about arguments that are too long is short", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await using server = await startMcp(world);
  const long = "x".repeat(1 << 20);
  const command = "true";
  const calls = [
    server.call("status", { dir: long }),
    server.call("status", { [long]: 1 }),
    server.call("start", { tasks: [long] }),
    server.call("logs", { grep: `(${long}`, regex: true }),
    server.call("logs", { cursor: long }),
    server.call("run", { name: long, command }),
    server.call("run", { name: "docs", command, env: { [`${long}=`]: "" } }),
  ];
  for (const answer of await Promise.all(calls)) {
    expect(answer).toMatchObject({ error_code: expect.stringMatching(/^E\d/) });
    expect(JSON.stringify(answer).length).toBeLessThan(24_000);
  }
});

test("a server that only reads refuses the rest", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await using server = await startMcp(world, { args: ["--read-only"] });
  const { result } = await server.request("tools/list");
  expect(result.tools.every((tool: any) => tool.annotations.readOnlyHint)).toBe(true);
  const { error } = await server.request("tools/call", { name: "start", arguments: {} });
  expect(error.code).toBe(-32602);
});

test("what it launches gets the environment of the person who started the session, not the editor's", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks.api]\ncommand = "echo who=$WHO; exec sleep 1000"\n');
  const editor = { WHO: "editor" };
  const said = async () => (await world.run(["logs", "api", "--raw", "-Eg", "^who="])).stdout;
  await using server = await startMcp(world, { env: editor });
  // Nobody else has started it.
  await server.call("start");
  await eventually(async () => (await said()) === "who=editor\n");
  await server.call("stop", { all: true });
  const person = world.spawnOnTerminal(["start"], { env: { WHO: "person" } });
  expect(await person.ended()).toBe(0);
  await server.call("restart", { tasks: ["api"], settle_s: 0 });
  const agent = { WHO: "agent", CLAUDECODE: "1" };
  expect(await world.spawnOnTerminal(["restart", "api"], { env: agent }).ended()).toBe(0);
  await server.call("restart", { tasks: ["api"], settle_s: 0 });
  await eventually(
    async () => (await said()) === "who=editor\nwho=person\nwho=person\nwho=agent\nwho=person\n",
  );
});
