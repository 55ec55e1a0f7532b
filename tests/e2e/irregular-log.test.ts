import { describe, expect, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { makeFifo } from "../../src/adapters/system/libc.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** Puts something that is no regular file at a path, for as long as it is used. */
function putIrregular(what: string, path: string): Disposable {
  const server = createServer();
  if (what === "a FIFO") makeFifo(path);
  if (what === "a directory") mkdirSync(path);
  if (what === "a socket") server.listen(path);
  return { [Symbol.dispose]: () => void server.close() };
}

describe("a log_file that is no regular file is refused, and its task alone isn't started", () => {
  test.each(["a FIFO", "a socket", "a directory", "a device"])("%s", async (what) => {
    await using world = createWorld();
    const path = what === "a device" ? "/dev/null" : join(world.project, "log");
    using _ = putIrregular(what, path);
    world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
log_file = "${path}"
[tasks.api]
command = "sleep 1000"
`);
    const sentence = `The log_file of task 'web' can't be written: ${path}: it is ${what}`;
    const one = await ask(world, "start web");
    expect(one).toMatchObject({ exitCode: 1, result: { error_code: "E104", error: sentence } });
    const all = await ask(world, "start");
    expect(all).toMatchObject({ exitCode: 1, result: { ok: false, tasks: ["api"] } });
    expect((await ask(world, "check")).result.warnings).toEqual([
      `line 4: tasks.web.log_file can't be written now: ${path}: it is ${what}`,
    ]);
    expect((await world.run(["logs", "web", "--json"])).json().lines).toEqual([]);
    expect((await ask(world, "why web")).exitCode).toBe(0);
  });
});

const hubsOf = async (world: World): Promise<string[]> => {
  const { stdout } = await world.runProgram(["ps", "-A", "-ww", "-o", "args="]);
  const hubs = stdout.split("\n").filter((line) => line.includes(" __log-hub "));
  return hubs.filter((line) => line.includes(world.home));
};

/** Kilobytes that the world's tmux server has in memory. */
const serverMemory = async (world: World): Promise<number> => {
  const pid = await world.tmux("display-message", "-p", "#{pid}");
  return Number((await world.runProgram(["ps", "-o", "rss=", "-p", pid])).stdout);
};

test("a log_file that becomes a FIFO while its task prints holds up nobody, and the tmux server doesn't grow", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "echo first; until test -e go; do sleep 0.02; done; head -c 30000000 /dev/zero | tr '\\\\0' 'x' | fold -w 100; touch done; exec sleep 1000"
log_file = "log"
`);
  const log = join(world.project, "log");
  await world.run(["start"]);
  await eventually(async () => (await world.run(["logs"])).stdout.includes(" first\n"));
  rmSync(log);
  makeFifo(log);
  world.write("go", "");
  const following = world.spawn(["logs", "-f", "web"]);
  await eventually(() => Bun.file(join(world.project, "done")).exists());
  expect(await serverMemory(world)).toBeLessThan(25_000);
  const reason = `The log ${log} can't be written: it is a FIFO`;
  await eventually(async () => (await world.run(["logs", "web"])).stderr.includes(reason));
  expect((await ask(world, "why web")).result.log_error).toBe(reason);
  expect(await statusOf(world, "web")).toMatchObject({ state: "running" });
  process.kill(following.pid, "SIGINT");
  expect((await following.ended()).exitCode).toBe(130);
  expect((await ask(world, "stop")).result.ok).toBe(true);
  await eventually(async () => (await hubsOf(world)).length === 0);
});
