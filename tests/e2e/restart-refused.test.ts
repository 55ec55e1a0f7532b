import { expect, test } from "bun:test";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { listening } from "../helpers/listening.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

// A restart asks all that could refuse a launch before it stops anything: what runs keeps running.

const web = (rest: string, command = "sleep 1000"): string =>
  `name = "demo"\n[tasks.web]\ncommand = "${command}"\n${rest}\n`;

const left = async (world: World, task: string, before: any): Promise<void> => {
  const { pid, started_at } = before;
  expect(await statusOf(world, task)).toMatchObject({
    state: "running",
    want: "up",
    pid,
    started_at,
  });
};

const refusals = async (world: World) =>
  (await ask(world, "events")).result.events.filter(({ event }: any) => event === "task_refused");

test.each([
  ["E104", "a missing env_file", 'env_file = ".env"'],
  ["E213", "a missing cwd", 'cwd = "gone"'],
  ["E104", "a missing shell", 'shell = "no-such-shell"'],
])("%s: %s leaves the task running, and no hook runs", async (code, _what, refused) => {
  await using world = createWorld();
  world.writeConfig(web(""));
  await ask(world, "start");
  const before = await statusOf(world, "web");
  const hooks = 'hooks = { before_stop = "touch hooked" }\n[hooks]\nbefore_stop = "touch hooked"';
  world.writeConfig(web(`${refused}\n${hooks}`));
  for (const line of ["restart web", "restart"]) {
    const { exitCode, result } = await ask(world, line);
    expect(result.warnings).toEqual(["Task 'web' was not stopped and is still running"]);
    expect({ exitCode, ok: result.ok, code: result.error_code }).toEqual({
      exitCode: 1,
      ok: false,
      code,
    });
  }
  await left(world, "web", before);
  expect(existsSync(join(world.project, "hooked"))).toBe(false);
  expect(await refusals(world)).toMatchObject([{ task: "web" }, { task: "web" }]);
});

test("E220: a new port that a stranger holds leaves the task running; --force-port restarts it", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  await ports.listen(port);
  world.writeConfig(web(""));
  await ask(world, "start");
  const before = await statusOf(world, "web");
  world.writeConfig(web(`port = ${port}`));
  expect((await ask(world, "restart web")).result).toMatchObject({ ok: false, error_code: "E220" });
  await left(world, "web", before);
  expect((await ask(world, "restart web --force-port")).result).toMatchObject({ ok: true });
});

test("a port that one of the restarted tasks holds itself is no reason", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  const listen = `exec '${process.execPath}' -e 'Bun.listen({ hostname: \\"127.0.0.1\\", port: ${port}, socket: { data() {} } })'`;
  const config = (a: string, b: string) =>
    `name = "demo"\n[tasks.a]\ncommand = "${listen}"\n${a}\n[tasks.b]\ncommand = "sleep 1000"\n${b}\n`;
  world.writeConfig(config(`port = ${port}`, ""));
  await ask(world, "start");
  world.writeConfig(config("", `port = ${port}`).replace(listen, "sleep 1000"));
  expect((await ask(world, "restart a b")).result).toMatchObject({
    ok: true,
    results: [{ action: "restarted" }, { action: "restarted" }],
  });
});

test("the others are restarted; one that depends on what can't come up is left as well", async () => {
  await using world = createWorld();
  const config = (cwd: string) => `name = "demo"
[tasks.db]
command = "sleep 1000"
${cwd}
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
[tasks.other]
command = "sleep 1000"
`;
  world.writeConfig(config(""));
  await ask(world, "start");
  await ask(world, "kill db");
  const [webBefore, otherBefore] = [await statusOf(world, "web"), await statusOf(world, "other")];
  world.writeConfig(config('cwd = "gone"'));
  const { exitCode, result } = await ask(world, "restart");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({
    tasks: ["other"],
    failed: [{ task: "db", error_code: "E213" }],
    skipped: [{ task: "web", reason: "dependency 'db' is not ready" }],
  });
  await left(world, "web", webBefore);
  expect((await statusOf(world, "other")).pid).not.toBe(otherBefore.pid);
});

test("an env_file is read once: what was checked is what is launched", async () => {
  await using world = createWorld();
  world.write(".env", "WHO=first\n");
  const loses = "trap 'rm -f .env; exit' INT; echo $WHO >>seen; while :; do sleep 0.02; done";
  world.writeConfig(web('env_file = ".env"', loses));
  await ask(world, "start");
  await eventually(() => existsSync(join(world.project, "seen")));
  world.write(".env", "WHO=second\n");
  expect((await ask(world, "restart web")).result).toMatchObject({ ok: true, action: "restarted" });
  const seen = async () =>
    (await Bun.file(join(world.project, "seen")).text()) === "first\nsecond\n";
  await eventually(seen);
});

test("what a hook writes between the stop and the launch counts", async () => {
  await using world = createWorld();
  world.write(".env", "WHO=old\n");
  const hook = `\n[hooks]\nbefore_start = "echo WHO=new >.env"`;
  world.writeConfig(web(`env_file = ".env"${hook}`, "echo $WHO >>seen; exec sleep 1000"));
  await ask(world, "start");
  world.write(".env", "WHO=old\n");
  expect((await ask(world, "restart web")).result.ok).toBe(true);
  const seen = async () => (await Bun.file(join(world.project, "seen")).text()) === "new\nnew\n";
  await eventually(seen);
});

test("a watcher's reload leaves a task running that could not be launched, and says why", async () => {
  await using world = createWorld();
  world.writeConfig(web(""));
  await ask(world, "start");
  const before = await statusOf(world, "web");
  const watching = world.spawn(["watch"]);
  await eventually(() => watching.stdout().includes("watching"));
  world.writeConfig(web('cwd = "gone"'));
  await eventually(() => watching.stderr().includes("The cwd of task 'web'"));
  await left(world, "web", before);
  watching.signal("SIGTERM");
  await watching.ended();
});

test("a monitor's restart leaves an unhealthy task running whose directory has gone", async () => {
  await using world = createWorld();
  world.write("app/x", "");
  world.writeConfig(
    web(
      'cwd = "app"\nhealth_url = "http://127.0.0.1:1/"\nhealth_interval = 0.05\nhealth_retries = 1',
    ),
  );
  await ask(world, "start");
  const before = await statusOf(world, "web");
  renameSync(join(world.project, "app"), join(world.project, "moved"));
  await startDaemon(world);
  await eventually(async () => {
    const { events } = (await ask(world, "events")).result;
    const failed = events.find(({ event }: any) => event === "auto_restart_failed");
    return failed?.reason.includes("The cwd of task 'web'") ?? false;
  });
  expect(await statusOf(world, "web")).toMatchObject({ running: true, pid: before.pid });
  rmSync(join(world.project, "moved"), { recursive: true });
});
