import { expect, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { processesWith } from "./processes.ts";
import { createWorld } from "./world.ts";
import { processesWithOpen, worldProcesses } from "./world-processes.ts";

const isLinux = process.platform === "linux";

test.skipIf(!isLinux)("a world's processes include what writes the tasks' logs", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  await world.run(["start", "--json"]);
  const logs = join(world.home, ".taskmux/logs/demo");
  const writers = await eventually(() => {
    const found = processesWithOpen(logs);
    return found.length > 0 ? found : null;
  });
  expect(worldProcesses(world)).toEqual(expect.arrayContaining(writers));
});

test.skipIf(!isLinux)("a process without the world's environment belongs to it", async () => {
  await using world = createWorld();
  const byName = world.spawnProgram(["env", "-i", "/bin/sh", "-c", "sleep 1000; :", world.root], {
    cwd: "/",
  });
  const byPlace = world.spawnProgram(["env", "-i", "/bin/sleep", "1000"]);
  const pids = [byName.pid, byPlace.pid];
  await eventually(() => {
    const known = processesWith(`HOME=${world.home}`);
    return pids.every((pid) => !known.includes(pid));
  });
  const found = await eventually(() => {
    const all = worldProcesses(world);
    // The shell, its child, and the other program.
    return all.length >= 3 ? all : null;
  });
  expect(found).toEqual(expect.arrayContaining(pids));
  for (const pid of found) process.kill(pid, "SIGKILL");
});
