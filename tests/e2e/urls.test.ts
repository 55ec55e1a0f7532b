import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "../helpers/schemas.ts";
import { freeRange } from "../helpers/listening.ts";
import { createWorld } from "../helpers/world.ts";

const shop = (first: number): string => `
name = "shop"
[tasks.api]
port = "${first}+"
health_check = "true"
command = "sleep 1000"
[tasks.web]
port = 5173
url = "http://\${session}.localhost:\${port}/?a=1&b='it'"
command = "sleep 1000"
[tasks.my-worker]
command = "sleep 1000"
`;

test("url prints a task's URL alone, and says so where it has none, or none yet", async () => {
  await using world = createWorld();
  const first = freeRange();
  world.writeConfig(shop(first));
  const early = await ask(world, "url api");
  expect(early).toMatchObject({ exitCode: 1, result: { error_code: "E221" } });
  expect(early.result.error).toContain("no url yet");
  await ask(world, "start api");
  const port = (await ask(world, "status")).result.tasks[0].port;
  const { stdout, exitCode } = await world.run(["url", "api"]);
  expect({ stdout, exitCode }).toEqual({ stdout: `http://localhost:${port}/\n`, exitCode: 0 });
  expect((await ask(world, "url api")).result).toEqual({
    session: "shop",
    task: "api",
    url: `http://localhost:${port}/`,
    port,
  });
  const none = await ask(world, "url my-worker");
  expect(none.result).toMatchObject({ ok: false, error_code: "E221" });
  expect((await ask(world, "url wbe")).result).toMatchObject({ error_code: "E200" });
});

test("env prints lines that a shell reads, whatever a URL holds", async () => {
  await using world = createWorld();
  world.writeConfig(shop(freeRange()));
  const url = "http://shop.localhost:5173/?a=1&b='it'";
  // Nothing is chosen for api yet.
  expect((await ask(world, "env")).result).toEqual({
    session: "shop",
    env: { TASKMUX_PORT_WEB: "5173", TASKMUX_URL_WEB: url },
  });
  await ask(world, "start api");
  const { result } = await ask(world, "env");
  expect(Object.keys(result.env)).toEqual([
    "TASKMUX_PORT_API",
    "TASKMUX_URL_API",
    "TASKMUX_PORT_WEB",
    "TASKMUX_URL_WEB",
  ]);
  const lines = (await world.run(["env"])).stdout;
  const printed = await world.runProgram([
    "sh",
    "-c",
    `eval "$1"; printf '%s\\n' "$TASKMUX_URL_API" "$TASKMUX_URL_WEB"`,
    "sh",
    lines,
  ]);
  expect(printed.stdout).toBe(`${result.env.TASKMUX_URL_API}\n${url}\n`);
});

test("a session's variables don't reach the tasks of another one that is started inside a task", async () => {
  await using world = createWorld();
  world.writeConfig(`[tasks.web]\ncommand = "env >part; mv part seen; sleep 1000"`);
  await world.run(["start", "web"], {
    env: { TASKMUX_PORT_DB: "1", TASKMUX_URL_DB: "http://other/" },
  });
  const seen = await eventually(() => readFileSync(join(world.project, "seen"), "utf8"));
  expect(seen).toMatch(/^TASKMUX_TASK=web$/m);
  expect(seen).not.toMatch(/^TASKMUX_(PORT|URL)_/m);
});

test("add takes a port that is chosen", async () => {
  await using world = createWorld();
  world.writeConfig('name = "shop"\n');
  await ask(world, "add web true --port 3000+");
  await ask(world, "add api true --port auto");
  const { result } = await ask(world, "status");
  expect(result.tasks).toMatchObject([{ port_wanted: "3000+" }, { port_wanted: "auto" }]);
  expect((await ask(world, "add x true --port 3000-")).result).toMatchObject({
    error_code: "E500",
  });
});
