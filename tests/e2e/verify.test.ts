import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const READER = { env: { TASKMUX_READER: "agent", TASKMUX_ACTOR: "agent" } };

const asAgent = (world: World, line: string) => ask(world, line, READER);

/** A verification as one agent makes it; no test would sit through its timeout. */
async function verify(world: World, line = "", settle = "300ms") {
  const words = `verify --settle=${settle} --timeout=600 ${line}`.trim();
  const { exitCode, result } = await asAgent(world, words);
  return { exitCode, ...result };
}

/** A program that prints what is written into its FIFO. */
const TALKER = `name = "demo"
[tasks.api]
command = "echo begun; exec cat <>said"
`;

const say = async (world: World, line: string) => {
  await world.runProgram(["sh", "-c", 'echo "$1" >said', "sh", line]);
  await printed(world, line);
};

/** Waits until a text is in the log so many times. */
const printed = (world: World, text: string, times = 1) =>
  eventually(
    async () => (await world.run(["logs", "api", "-n", "1000"])).stdout.split(text).length > times,
  );

async function talking(config = TALKER): Promise<World> {
  const world = createWorld();
  await world.runProgram(["mkfifo", "said"]);
  world.writeConfig(config);
  await asAgent(world, "start --wait");
  return world;
}

test("a task that stays healthy is ok", async () => {
  await using world = await talking();
  const found = await verify(world, "api");
  expect(found).toMatchObject({ exitCode: 0, ok: true, verdict: "ok" });
  expect(found.tasks).toMatchObject([
    { task: "api", verdict: "ok", healthy: true, reloaded: null, new_errors: [], gone_errors: 0 },
  ]);
});

test("an error is new once, and after a restart only if the run before did not print it", async () => {
  await using world = await talking();
  await say(world, "TypeError: bad rate 17");
  const first = await verify(world);
  expect(first).toMatchObject({ exitCode: 1, verdict: "new_errors", error_code: "E219" });
  expect(first.tasks[0].new_errors).toMatchObject([{ text: "TypeError: bad rate 17", count: 1 }]);
  expect(await verify(world)).toMatchObject({ exitCode: 0, verdict: "ok" });
  // Other digits are the same error.
  await say(world, "TypeError: bad rate 18");
  expect(await verify(world)).toMatchObject({ exitCode: 0, verdict: "ok" });
  const again = await verify(world, "--restart");
  expect(again).toMatchObject({ exitCode: 0, verdict: "ok" });
  expect(again.tasks).toMatchObject([{ relaunched: true, gone_errors: 1, new_errors: [] }]);
});

test("--since judges what came after the call that returned the cursor", async () => {
  await using world = await talking();
  const { cursor } = await verify(world);
  await say(world, "TypeError: bad rate");
  expect(await verify(world)).toMatchObject({ verdict: "new_errors" });
  expect(await verify(world, `--since=${cursor}`)).toMatchObject({ verdict: "new_errors" });
  const other = await asAgent(world, "verify --since=1;other");
  expect(other.result).toMatchObject({ error_code: "E500" });
});

test("a crash after it was ready ends it, with what was printed", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.api]
command = "until test -f crash; do sleep 0.02; done; echo 'RangeError: bad'; exit 3"
`);
  await asAgent(world, "start --wait");
  const verifying = verify(world, "", "600");
  world.write("crash", "");
  const found = await verifying;
  expect(found).toMatchObject({ exitCode: 1, verdict: "crashed", error_code: "E215" });
  expect(found.tasks).toMatchObject([{ new_errors: [{ text: "RangeError: bad" }] }]);
  expect(await verify(world)).toMatchObject({ exitCode: 1, verdict: "crashed" });
});

test("ready, and dead a moment later, is no success of verify --restart and restart --wait", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.api]
command = "test -f bad && { sleep 0.2; echo 'RangeError: bad'; exit 3; }; exec sleep 1000"
`);
  await asAgent(world, "start --wait");
  world.write("bad", "");
  const found = await verify(world, "--restart", "600");
  expect(found).toMatchObject({ exitCode: 1, verdict: "crashed" });
  expect(found.tasks).toMatchObject([
    { relaunched: true, new_errors: [{ text: "RangeError: bad" }] },
  ]);
  const restarted = await asAgent(world, "restart api --wait");
  expect(restarted).toMatchObject({ exitCode: 1, result: { ok: false, error_code: "E215" } });
  expect(restarted.result.errors).toMatchObject([{ text: "RangeError: bad" }]);
});

test("a check that fails and doesn't pass again is unhealthy; one that never passes times out", async () => {
  await using world = createWorld();
  world.write("up", "");
  world.writeConfig(`name = "demo"
[tasks.api]
command = "exec sleep 1000"
health_check = "test -f up && echo passed >>checks"
`);
  await asAgent(world, "start --wait");
  world.write("checks", "");
  // It is unhealthy once it has failed for as long.
  const verifying = verify(world, "", "8s");
  await eventually(() => Bun.file(`${world.project}/checks`).size > 0);
  rmSync(join(world.project, "up"));
  expect(await verifying).toMatchObject({
    exitCode: 1,
    verdict: "unhealthy",
    tasks: [{ healthy: false, state: "unhealthy" }],
  });
  const late = await asAgent(world, "verify --timeout=200ms");
  expect(late).toMatchObject({
    exitCode: 124,
    result: { verdict: "timed_out", error_code: "E214" },
  });
});

test("a task that isn't up is not running", async () => {
  await using world = createWorld();
  world.writeConfig(TALKER);
  expect(await verify(world, "api")).toMatchObject({
    exitCode: 1,
    verdict: "not_running",
    error_code: "E202",
  });
  expect(await verify(world)).toMatchObject({ exitCode: 1, error_code: "E202" });
});

test("with reload_log it waits until the program says that it has reloaded, or is silent", async () => {
  await using world = await talking(`${TALKER}reload_log = "^restarted"\n`);
  const quiet = await verify(world);
  expect(quiet).toMatchObject({ verdict: "ok", tasks: [{ reloaded: null }] });
  await say(world, "restarted by the watcher");
  expect(await verify(world)).toMatchObject({
    verdict: "ok",
    tasks: [{ reloaded: true, relaunched: false }],
  });
  // Another one's launch needs no reload.
  await ask(world, "restart api");
  expect(await verify(world)).toMatchObject({
    verdict: "ok",
    tasks: [{ reloaded: true, relaunched: true }],
  });
});

test("while the program prints other lines, it waits for that one", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.api]
command = "while :; do kind=x$kind; echo built $kind; sleep 0.05; test ! -f again || { rm again; echo restarted; }; done"
reload_log = "^restarted"
`);
  await asAgent(world, "start --wait");
  const late = await asAgent(world, "verify --settle=2s --timeout=3s");
  expect(late).toMatchObject({
    exitCode: 124,
    result: { verdict: "timed_out", tasks: [{ reloaded: false, reason: "has not reloaded" }] },
  });
  const verifying = world.spawn(["verify", "--settle=2s", "--timeout=600"], READER);
  await eventually(() => verifying.stderr().includes("waiting:"));
  world.write("again", "");
  expect((await verifying.ended()).exitCode).toBe(0);
});

test("a program that logs each health check the same way is silent otherwise", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.api]
command = "n=0; while :; do n=$((n+1)); echo [$n] GET /health 200; sleep 0.05; done"
reload_log = "^restarted"
`);
  await asAgent(world, "start --wait");
  expect(await verify(world)).toMatchObject({ verdict: "ok", tasks: [{ reloaded: null }] });
});

test("a program under a file watcher that breaks and is mended", async () => {
  await using world = createWorld();
  const server = (body: string) => `const http = require("node:http");
http.createServer((_, answer) => { ${body} }).listen(process.env.PORT, () => console.log("listening"));
`;
  world.write("server.js", server(`answer.end("fine")`));
  world.writeConfig(`name = "demo"
[tasks.api]
command = "exec node --watch server.js"
port = "auto"
health_url = "\${url}"
reload_log = "^listening"
`);
  await asAgent(world, "start --wait");
  world.write("server.js", `${server(`answer.end("fine")`)}throw new RangeError("bad rate");\n`);
  await printed(world, "RangeError: bad rate");
  const broken = await verify(world);
  expect(broken).toMatchObject({ exitCode: 1, verdict: "new_errors" });
  expect(broken.tasks[0].new_errors[0]).toMatchObject({ text: "RangeError: bad rate" });
  expect(broken.tasks[0].new_errors[0].frames[0]).toStartWith("server.js:3");
  world.write("server.js", server(`answer.end("better")`));
  await printed(world, "listening", 2);
  const mended = await verify(world);
  expect(mended).toMatchObject({ exitCode: 0, verdict: "ok", tasks: [{ reloaded: true }] });
});

test("another command's restart in the middle is no crash, and the new launch is watched", async () => {
  await using world = await talking(`${TALKER}health_check = "echo >>checks"\n`);
  world.write("checks", "");
  const verifying = verify(world, "", "8s");
  await eventually(() => Bun.file(`${world.project}/checks`).size > 0);
  await ask(world, "restart api");
  const found = await verifying;
  expect(found).toMatchObject({ verdict: "ok", tasks: [{ relaunched: true, new_errors: [] }] });
  const { result } = await ask(world, "inspect api");
  expect(result.state).toBe("running");
});

test("a crash that a monitor mends is a crash", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.api]
command = "rm crash 2>/dev/null; until test -f crash; do sleep 0.02; done; exit 3"
restart_backoff = 0.1
`);
  world.spawn(["start", "-m"], READER);
  await eventually(async () => (await statusOf(world, "api")).state === "running");
  const verifying = world.spawn(["verify", "--settle=600", "--timeout=600"], READER);
  await eventually(() => verifying.stderr().includes("waiting:"));
  world.write("crash", "");
  const { exitCode, stdout } = await verifying.ended();
  expect({ exitCode, verdict: stdout.split(" ")[0] }).toEqual({ exitCode: 1, verdict: "crashed" });
  await asAgent(world, "wait api");
  expect(await verify(world)).toMatchObject({ exitCode: 0, verdict: "ok" });
});

test("a check of its own finds what the monitor's next check would find later", async () => {
  await using world = createWorld();
  world.write("up", "");
  world.writeConfig(`name = "demo"
[tasks.api]
command = "exec sleep 1000"
health_check = "test -f up"
health_interval = 1000
`);
  world.spawn(["start", "-m"], READER);
  await eventually(async () => (await statusOf(world, "api")).state === "running");
  await world.runProgram(["rm", "up"]);
  expect(await asAgent(world, "verify --timeout=1s")).toMatchObject({
    exitCode: 124,
    result: { verdict: "timed_out", tasks: [{ healthy: false }] },
  });
});

test("a program that never pauses is judged, and a log that was deleted is new", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.api]
command = "while :; do echo tick; sleep 0.05; test ! -f bad || { rm bad; echo 'TypeError: bad rate'; }; done"
`);
  await asAgent(world, "start --wait");
  expect(await verify(world)).toMatchObject({ verdict: "ok" });
  expect((await ask(world, "logs-clean api")).exitCode).toBe(0);
  world.write("bad", "");
  await printed(world, "TypeError");
  const found = await verify(world);
  expect(found).toMatchObject({ verdict: "new_errors" });
  expect(found.tasks[0].new_errors).toMatchObject([{ text: "TypeError: bad rate" }]);
});
