import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

interface Silent extends AsyncDisposable {
  world: World;
  server: number;
  /** pid of the task 'web'. */
  web: number;
}

/** A world with a running task, whose tmux server is stopped. */
async function silentWorld(): Promise<Silent> {
  const world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "exec sleep 1000"\n');
  await ask(world, "start");
  const web = (await statusOf(world, "web")).pid;
  const record = readFileSync(join(world.home, ".taskmux/run/demo/server.json"), "utf8");
  const server = JSON.parse(record).pid;
  process.kill(server, "SIGSTOP");
  const dispose = async () => {
    process.kill(server, "SIGCONT");
    await world.dispose();
  };
  return { world, server, web, [Symbol.asyncDispose]: dispose };
}

describe.concurrent("a tmux server that doesn't answer", () => {
  test.each(["status", "inspect web", "start", "restart web"])(
    "%s says so, and how it continues",
    async (line) => {
      await using silent = await silentWorld();
      const { result, stderr } = await ask(silent.world, line);
      const sentence = `tmux does not answer: its server, pid ${silent.server}, is stopped`;
      expect(JSON.stringify(result)).toContain(sentence);
      expect(result).toMatchObject({ ok: false, error_code: "E602" });
      expect(stderr).toContain(`${sentence}; waiting for it`);
      expect(isAlive(silent.web)).toBe(true);
    },
  );

  test.each(["stop", "stop web", "kill web"])(
    "%s ends the processes all the same",
    async (line) => {
      await using silent = await silentWorld();
      const { result } = await ask(silent.world, line);
      expect(result.ok).toBe(true);
      expect(result.warnings).toEqual([expect.stringContaining("tmux does not answer")]);
      expect(isAlive(silent.web)).toBe(false);
    },
  );

  test.each(["wait web --timeout=0.3s", "start --wait --timeout=0.3s"])(
    "%s keeps its time",
    async (line) => {
      await using silent = await silentWorld();
      const { result, stderr } = await ask(silent.world, line);
      expect(result).toMatchObject({ ok: false, error_code: "E602" });
      // It is printed after seconds.
      expect(stderr).not.toContain("waiting for it");
    },
  );

  test.each(["status", "start", "stop"])("SIGINT ends %s", async (line) => {
    await using silent = await silentWorld();
    const running = silent.world.spawn([line]);
    const isAsking = () => {
      const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "ppid=", "-o", "args="]);
      const rows = stdout.toString().split("\n");
      return rows.some((row) => row.trim().startsWith(`${running.pid} `) && row.includes("tmux"));
    };
    await eventually(isAsking);
    process.kill(running.pid, "SIGINT");
    await running.ended();
    await eventually(() => !isAsking());
    expect(isAlive(silent.web)).toBe(true);
  });
});
