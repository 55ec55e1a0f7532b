import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { createClone, NPM } from "../helpers/clone.ts";
import { isAlive } from "../helpers/processes.ts";
import { createWorld } from "../helpers/world.ts";

test("a try that fails ends its tasks, also one that ignores a hangup", async () => {
  await using world = createWorld();
  const clone = createClone(world, { npm: NPM });
  mkdirSync(join(clone.tree, "dist"));
  symlinkSync(builtBinary(), join(clone.tree, "dist/taskmux"));
  const pidFile = join(world.root, "pid");
  const stubborn = `trap '' HUP; echo $$ >'${pidFile}'; exec sleep 1000`;
  world.write(
    "../a clone/examples/shop/taskmux.toml",
    `[tasks.stubborn]
command = ${JSON.stringify(stubborn)}
health_check = "test -s '${pidFile}'"

[tasks.failing]
command = "exit 3"
oneshot = true
depends_on = ["stubborn"]
`,
  );
  const { exitCode, stderr } = await clone.dev({}, "try");
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
  expect(stderr).toContain("failing");
  expect(isAlive(Number(readFileSync(pidFile, "utf8")))).toBe(false);
});

test("a try whose copy can't be made ends no tmux server but its own", async () => {
  await using world = createWorld();
  const cp = '#!/bin/sh\n[ "$1" != -R ] || exit 1\nexec /bin/cp "$@"\n';
  const tmux = '#!/bin/sh\necho "tmux $*" >>"$CALLS"\n';
  const clone = createClone(world, { npm: NPM, cp, tmux });
  expect((await clone.dev({}, "try")).exitCode).toBe(1);
  const calls = clone.calls().filter((call) => call.startsWith("tmux "));
  expect(calls).toEqual([expect.stringMatching(/^tmux -S \/tmp\/taskmux-try\.\S+ kill-server$/)]);
});
