import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

test("a job that ends with one of its success_exit_codes is done, and its dependents start", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.migrate]
command = "echo run >> runs; exit 3"
oneshot = true
success_exit_codes = [0, 3]
[tasks.api]
command = "exec sleep 1000"
depends_on = ["migrate"]
`);
  expect((await ask(world, "start --wait")).result).toMatchObject({
    ok: true,
    tasks: ["migrate", "api"],
  });
  expect(await statusOf(world, "migrate")).toMatchObject({
    state: "exited",
    healthy: true,
    exit_code: 3,
  });
  const { result } = await ask(world, "why migrate");
  expect(result.causes).toContain("its success_exit_codes count that as success");
  // It is done: a bare start leaves it alone.
  expect((await ask(world, "start")).result).toMatchObject({ ok: true, tasks: [] });
});

test("a job that ends with 0 has failed if its success_exit_codes don't have it", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.check]
command = "exit 0"
oneshot = true
success_exit_codes = [4]
[tasks.api]
command = "exec sleep 1000"
depends_on = ["check"]
`);
  const { result } = await ask(world, "start");
  expect(result.failed).toMatchObject([{ task: "check", error_code: "E215" }]);
  expect(result.skipped).toMatchObject([{ task: "api" }]);
  expect((await ask(world, "why check")).result).toMatchObject({
    state: "failed",
    causes: expect.arrayContaining(["its success_exit_codes don't have 0: 4"]),
  });
});

test.each([
  ["exits with 143", "trap 'exit 143' TERM"],
  ["is ended by SIGTERM", ":"],
])("on-failure leaves a program alone that %s", async (_how, trap) => {
  await using world = createWorld();
  const command = `${trap}; echo $$ > pid; while :; do sleep 0.05; done`;
  world.writeConfig(`name = "demo"
[tasks.web]
command = "${command}"
success_exit_codes = [0, 143]
[tasks.other]
command = "while [ ! -f go ]; do sleep 0.05; done; test -f again || { touch again; exit 3; }; exec sleep 1000"
`);
  await startDaemon(world);
  await ask(world, "start");
  const { pid } = await statusOf(world, "web");
  process.kill(pid, "SIGTERM");
  await eventually(async () => (await statusOf(world, "web")).state === "exited");
  // The monitor has seen that end before it restarts another task.
  writeFileSync(join(world.project, "go"), "");
  await eventually(async () => (await statusOf(world, "other")).restarts === 1);
  expect(await statusOf(world, "web")).toMatchObject({ state: "exited", restarts: 0 });
});
