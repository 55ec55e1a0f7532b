import { expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

test("health lists every configured task, started or not", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
[tasks.db]
command = "sleep 1000"
health_check = "true"
[tasks.console]
command = "sleep 1000"
auto_start = false
`);
  expect(await ask(world, "health")).toMatchObject({
    exitCode: 0,
    result: {
      healthy_count: 0,
      total_count: 3,
      tasks: [
        { name: "web", healthy: false, state: "stopped", method: "process" },
        { name: "db", healthy: false, state: "stopped", method: "command" },
        { name: "console", healthy: false, state: "stopped", method: "process" },
      ],
    },
  });
  await ask(world, "start --wait");
  expect(await ask(world, "health")).toMatchObject({
    exitCode: 0,
    result: {
      healthy_count: 2,
      total_count: 3,
      tasks: [
        { name: "web", healthy: true, state: "running", reason: null },
        { name: "db", healthy: true, state: "running", reason: null },
        { name: "console", healthy: false, state: "stopped" },
      ],
    },
  });
});

test("health exits 1 when a task that is wanted up is not healthy, and says why", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\n[tasks.web]\ncommand = "sleep 1000"\nhealth_check = "echo broken; exit 5"\n',
  );
  await ask(world, "start");
  const { exitCode, result } = await ask(world, "health");
  expect(exitCode).toBe(1);
  expect(result.tasks).toEqual([
    {
      name: "web",
      healthy: false,
      state: "starting",
      method: "command",
      reason: "exited with status 5: broken",
    },
  ]);
});

test("health exits 1 after a task has ended by itself, and 0 once it is stopped", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 0.1; exit 3"\n');
  await ask(world, "start");
  await eventually(async () => (await statusOf(world, "web")).state === "failed");
  const { exitCode, result } = await ask(world, "health");
  expect(exitCode).toBe(1);
  expect(result.tasks[0].reason).toContain("3");
  await ask(world, "stop web");
  expect((await ask(world, "health")).exitCode).toBe(0);
});

test.each([
  ['health_check = "true"', "command"],
  ['health_url = "http://127.0.0.1:1/"', "http"],
  ["health_tcp = 1", "tcp"],
  ['ready_log = "up"', "log"],
  ["oneshot = true", "exit"],
  ["", "process"],
])("with %s the method is %s", async (field, method) => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"\n[tasks.web]\ncommand = "sleep 1000"\n${field}\n`);
  expect((await ask(world, "health")).result.tasks[0].method).toBe(method);
});

test("a probe goes straight to its address, whatever proxy is set", async () => {
  await using world = createWorld();
  const served = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("well") });
  using proxy = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("mine") });
  using _served = served;
  // Nobody listens on port 1; the proxy would answer for it.
  world.writeConfig(`name = "demo"
[tasks.web]
command = "exec sleep 1000"
health_url = "http://localhost:${served.port}/"
[tasks.down]
command = "exec sleep 1000"
health_url = "http://127.0.0.1:1/"
`);
  await ask(world, "start");
  const proxies = ["http://127.0.0.1:9", `http://127.0.0.1:${proxy.port}`];
  for (const url of proxies) {
    const env = { HTTP_PROXY: url, http_proxy: url, ALL_PROXY: url };
    const { result } = await ask(world, "health", { env });
    expect(result.tasks).toMatchObject([
      { name: "web", healthy: true },
      { name: "down", healthy: false, reason: "connection refused" },
    ]);
  }
});
