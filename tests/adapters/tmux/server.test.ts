import { expect, test } from "bun:test";
import { isServerAlive, withProcessStart } from "../../../src/adapters/tmux/server.ts";
import { eventually } from "../../helpers/eventually.ts";
import { createWorld } from "../../helpers/world.ts";

const record = (pid: number) => ({ socket: "/nowhere/default", pid, startTime: "1" });

test("a server lives as long as its process, and no other process with its pid", async () => {
  await using world = createWorld();
  await world.tmux("new-session", "-d", "sleep 1000");
  const pid = Number(await world.tmux("display-message", "-p", "#{pid}"));
  const server = withProcessStart(record(pid));
  expect(isServerAlive(server)).toBe(true);
  expect(isServerAlive({ ...server, processStart: "1" })).toBe(false);
  expect(isServerAlive({ ...withProcessStart(record(process.pid)), pid })).toBe(false);
  await world.tmux("kill-server");
  await eventually(() => !isServerAlive(server));
});

test("a record of 0.1.0 has the pid alone: a process that isn't tmux's is another one", async () => {
  await using world = createWorld();
  await world.tmux("new-session", "-d", "sleep 1000");
  const pid = Number(await world.tmux("display-message", "-p", "#{pid}"));
  expect(isServerAlive(record(pid))).toBe(true);
  expect(isServerAlive(record(process.pid))).toBe(false);
});
