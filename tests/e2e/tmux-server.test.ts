import { describe, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = 'name = "demo"\n[tasks]\nweb = "exec sleep 1000"\n';

const recordPath = (world: World) => join(world.home, ".taskmux/run/demo/server.json");
const recorded = (world: World) => JSON.parse(readFileSync(recordPath(world), "utf8"));
const isGone = (pid: number) => eventually(() => !isAlive(pid));

async function startedWorld(): Promise<World & { pid: number }> {
  const world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  return Object.assign(world, { pid: (await statusOf(world, "web")).pid as number });
}

describe("where something has removed tmux's socket", () => {
  const removals: [string, (world: World) => void][] = [
    ["the socket", (world) => rmSync(recorded(world).socket)],
    ["its directory", (world) => rmSync(dirname(recorded(world).socket), { recursive: true })],
    [
      "the socket, and the record is of 0.1.0",
      (world) => {
        const { processStart: _, ...server } = recorded(world);
        writeFileSync(recordPath(world), JSON.stringify(server));
        rmSync(server.socket);
      },
    ],
  ];

  describe.each(removals)("%s", (_name, remove) => {
    test("start leaves the running task alone, in the server that it has", async () => {
      await using world = await startedWorld();
      remove(world);
      const { result } = await ask(world, "start");
      expect(result.already_running).toEqual(["web"]);
      expect((await statusOf(world, "web")).pid).toBe(world.pid);
      expect(await world.tmux("list-windows", "-a", "-F", "#{window_name}")).toBe("web");
    });

    test("status says that the session is there", async () => {
      await using world = await startedWorld();
      remove(world);
      const { result } = await ask(world, "status");
      expect(result).toMatchObject({ running: true, active_tasks: 1 });
    });

    test("stop ends the task and its window", async () => {
      await using world = await startedWorld();
      const { pid } = recorded(world);
      remove(world);
      const { result } = await ask(world, "stop");
      expect(result.tasks).toEqual(["web"]);
      await isGone(world.pid);
      // The session was its only one.
      await isGone(pid);
    });
  });

  test("and another server was started at its path, nothing is started in that one", async () => {
    await using world = await startedWorld();
    rmSync(recorded(world).socket);
    await world.tmux("-f", "/dev/null", "new-session", "-d", "-s", "mine", "sleep 1000");
    const { result } = await ask(world, "start");
    expect(result).toMatchObject({
      ok: false,
      error_code: "E602",
      hint: expect.stringContaining(`kill -USR1 ${recorded(world).pid}`),
    });
    expect(await world.tmux("list-sessions", "-F", "#{session_name}")).toBe("mine");
    expect(isAlive(world.pid)).toBe(true);
  });

  test("a stopped session of a living server is started again in it", async () => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    await world.tmux("-f", "/dev/null", "new-session", "-d", "-s", "mine", "sleep 1000");
    await ask(world, "start");
    const { pid, socket } = recorded(world);
    await ask(world, "stop");
    rmSync(socket);
    expect((await ask(world, "start")).result.tasks).toEqual(["web"]);
    expect(recorded(world).pid).toBe(pid);
    expect(await world.tmux("list-sessions", "-F", "#{session_name}")).toBe("demo\nmine");
  });

  test("a server on record that has ended is not waited for", async () => {
    await using world = await startedWorld();
    const { pid } = recorded(world);
    process.kill(pid, "SIGKILL");
    await isGone(pid);
    await isGone(world.pid);
    expect((await ask(world, "status")).result.running).toBe(false);
    expect((await ask(world, "start")).result.tasks).toEqual(["web"]);
  });
});

describe("a start that tmux refuses says tmux's own reason", () => {
  test("TMUX names a directory that is gone", async () => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    const TMUX = "/nonexistent/tmux-0/default,1,0";
    const { result } = await ask(world, "start web", { env: { TMUX } });
    expect(result).toMatchObject({ ok: false, error_code: "E602" });
    expect(result.error).toContain("/nonexistent/tmux-0/default");
  });

  test("the user's tmux ends where nobody is attached", async () => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    writeFileSync(join(world.home, ".tmux.conf"), "set -g exit-unattached on\n");
    const { result } = await ask(world, "start web");
    expect(result).toMatchObject({ ok: false, error_code: "E602" });
    expect(result.error).toContain("exit-unattached");
  });

  test.skipIf(process.platform !== "linux")(
    "the user's server may not open as many files as the windows need, and continues answering",
    async () => {
      await using world = createWorld();
      const tasks = Array.from({ length: 60 }, (_, index) => `t${index} = "exec sleep 1000"`);
      world.writeConfig(['name = "demo"', "[tasks]", ...tasks, ""].join("\n"));
      const server = "ulimit -n 64; exec tmux -f /dev/null new-session -d -s mine 'sleep 1000'";
      await world.runProgram(["/bin/sh", "-c", server]);
      const { result } = await ask(world, "start");
      expect(result.ok).toBe(false);
      expect(result.failed[0]).toMatchObject({ error_code: "E602" });
      expect(result.failed[0].error).toContain("64 files");
      expect(await world.tmux("list-sessions", "-F", "#{session_name}")).toBe("mine");
    },
  );
});
