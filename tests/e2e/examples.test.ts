import { expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { root } from "../helpers/binary.ts";
import { processesWith } from "../helpers/processes.ts";
import { createWorld } from "../helpers/world.ts";

const examples = [...new Bun.Glob("*/taskmux.toml").scanSync({ cwd: join(root, "examples") })];

test.each(examples)("the example %s is a valid config", async (path) => {
  await using world = createWorld();
  const checked = await world.run(["check", "--json", "--config", join(root, "examples", path)]);
  expect(checked.json()).toMatchObject({ ok: true, errors: [] });
});

test("the shop opens in the order of its dependencies, and closes without a trace", async () => {
  await using world = createWorld();
  cpSync(join(root, "examples/shop"), world.project, { recursive: true });

  const started = (await world.run(["start", "--wait", "--json"])).json();
  expect(started).toMatchObject({ ok: true, session: "shop", action: "started", skipped: [] });
  expect(started.tasks.toSorted()).toEqual(["api", "migrate", "web", "worker"]);

  const { tasks } = (await world.run(["status", "--json"])).json();
  const seen = tasks.map(({ name, state, healthy }: any) => [name, state, healthy]);
  expect(seen).toEqual([
    ["migrate", "exited", true],
    ["api", "running", true],
    ["web", "running", true],
    ["worker", "running", true],
    ["console", "stopped", false],
  ]);

  const stopped = (await world.run(["stop", "--json"])).json();
  expect(stopped).toMatchObject({ ok: true, session: "shop", action: "stopped" });
  expect(marked(world.root)).toEqual([]);
});

/** Processes of this world's shop: other worlds may have one too. */
function marked(world: string): number[] {
  const ours = new Set(processesWith(`TASKMUX_TEST_WORLD=${world}`));
  return processesWith("TASKMUX_SESSION=shop").filter((pid) => ours.has(pid));
}
