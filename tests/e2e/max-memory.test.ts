import { expect, test } from "bun:test";
import { startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";
import { quote } from "../../src/domain/values/shell-word.ts";

/** Holds so many MiB of memory, in a process below the task's own. */
const hold = (mebibytes: number): string => {
  const program = `globalThis.kept = Buffer.alloc(${mebibytes} * 1048576, 1); setInterval(() => {}, 1000)`;
  return `${quote(process.execPath)} -e ${quote(program)}`;
};

const restartsOf = async (world: World, task: string): Promise<any[]> => {
  const output = await world.run(["events", "-n", "1000", "--task", task, "--json"]);
  return output.json().events.filter(({ event }: any) => event === "auto_restart");
};

/** Three looks of 5 s, on a busy machine. */
const PATIENCE = { timeout: 300_000, interval: 200 };

test("a task above its max_memory is restarted by its policy, with all its processes", async () => {
  await using world = createWorld();
  const command = `if [ -f once ]; then exec sleep 1000; fi; touch once; ${hold(200)}; true`;
  world.writeConfig(`name = "demo"
[tasks.leak]
command = ${JSON.stringify(command)}
max_memory = "100MB"
[tasks.kept]
command = ${JSON.stringify(hold(200))}
max_memory = "100MB"
restart_policy = "no"
[tasks.small]
command = "exec sleep 1000"
max_memory = "100MB"
`);
  await startDaemon(world);
  expect((await ask(world, "start")).result).toMatchObject({ ok: true });
  const { pid: kept } = await statusOf(world, "kept");
  const [restart] = await eventually(async () => {
    const found = await restartsOf(world, "leak");
    return found.length > 0 && found;
  }, PATIENCE);
  expect(restart).toMatchObject({ attempt: 1 });
  expect(restart.reason).toMatch(/^used [2-9]\d\d(\.\d)? MB of 100 MB$/);
  await eventually(async () => (await statusOf(world, "leak")).state === "running");
  expect(await statusOf(world, "kept")).toMatchObject({ state: "running", pid: kept, restarts: 0 });
  expect(await statusOf(world, "small")).toMatchObject({ state: "running", restarts: 0 });
});
