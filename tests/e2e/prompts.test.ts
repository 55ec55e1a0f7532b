import { expect, test } from "bun:test";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { logHub } from "../helpers/log-hub.ts";
import { startMcp } from "../helpers/mcp.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** Long, for a busy machine: a line counts once it has stood for a second. */
const PATIENCE = { timeout: 120_000 };

const PROMPT = "Port 3000 is in use, use another? (Y/n)";

/** A program that asks, and runs on. `read` is the command that reads the answer. */
const asking = (read: string): string =>
  `name = "demo"\n[tasks.web]\ncommand = ${JSON.stringify(
    `printf '%s ' '${PROMPT}'; ${read}; echo got $answer; exec sleep 1000`,
  )}\n`;

const untilWaiting = (world: World, text: string | null) =>
  eventuallyIs(
    async () => (await statusOf(world, "web")).waits_at,
    (now) => now === text,
    PATIENCE,
  );

test("a prompt is shown by status, inspect, why and the MCP server until it is answered", async () => {
  await using world = createWorld();
  world.writeConfig(asking("read answer"));
  await ask(world, "start");
  await untilWaiting(world, PROMPT);
  expect((await world.run(["status"])).stdout).toContain(`  waits at: ${PROMPT}\n`);
  expect((await ask(world, "inspect web")).result.waits_at).toBe(PROMPT);
  const { result } = await ask(world, "why web");
  expect(result).toMatchObject({
    waits_at: PROMPT,
    causes: [`it has not ended this line, and may wait for an answer: ${PROMPT}`],
    hint: "If it waits for an answer: taskmux send web TEXT; its log: taskmux logs web -n 50",
  });
  await using server = await startMcp(world);
  const { tasks } = await server.call("status");
  expect(tasks).toMatchObject([{ name: "web", reason: `waits at: ${PROMPT}` }]);
  await world.run(["send", "web", "y"]);
  await untilWaiting(world, null);
  await eventually(async () =>
    (await world.run(["logs", "web", "--raw"])).stdout.includes("\ngot y\n"),
  );
  expect((await world.run(["logs", "web", "--raw"])).stdout).toContain(`\n${PROMPT} y\n`);
});

test("what is typed at a prompt that hides it is never shown", async () => {
  await using world = createWorld();
  world.writeConfig(asking("read -s answer"));
  await ask(world, "start");
  await untilWaiting(world, PROMPT);
  await world.run(["send", "web", "--no-enter", "hunter2"]);
  expect((await statusOf(world, "web")).waits_at).toBe(PROMPT);
  await world.run(["send", "web", "hunter3"]);
  // What is printed next goes to the same line, since no line feed was echoed.
  await eventually(
    async () => (await world.run(["logs", "web", "--raw"])).stdout.includes("got "),
    PATIENCE,
  );
  await untilWaiting(world, null);
  const { stdout } = await world.run(["logs", "web", "--raw"]);
  expect(stdout).toContain(`${PROMPT} got hunter2hunter3\n`);
});

test("ready_log sees a prompt", async () => {
  await using world = createWorld();
  const config = asking("read answer");
  world.writeConfig(config.replace("command", 'ready_log = "\\\\(Y/n\\\\) $"\ncommand'));
  const { exitCode, result } = await ask(world, "start --wait");
  expect({ exitCode, tasks: result.tasks }).toEqual({ exitCode: 0, tasks: ["web"] });
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", waits_at: PROMPT });
});

test("a wait that fails names the prompt", async () => {
  await using world = createWorld();
  world.writeConfig(asking("read answer").replace("command", 'ready_log = "^ready$"\ncommand'));
  await ask(world, "start");
  await untilWaiting(world, PROMPT);
  const { result } = await ask(world, "wait web --timeout=1s");
  expect(result.error).toContain(`ready_log: ^ready$; waits at: ${PROMPT}`);
});

test("a prompt outlives the log hub, and ends with its launch", async () => {
  await using world = createWorld();
  world.writeConfig(asking("read answer"));
  await ask(world, "start");
  await untilWaiting(world, PROMPT);
  const hub = logHub(world)!;
  process.kill(hub, "SIGKILL");
  await eventually(() => ![null, hub].includes(logHub(world)), PATIENCE);
  expect((await statusOf(world, "web")).waits_at).toBe(PROMPT);
  await ask(world, "stop web");
  expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", waits_at: null });
  world.writeConfig(`name = "demo"\n[tasks.web]\ncommand = "exec sleep 1000"\n`);
  await ask(world, "start web");
  expect((await statusOf(world, "web")).waits_at).toBeNull();
});
