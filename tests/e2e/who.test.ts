import { expect, test } from "bun:test";
import { userInfo } from "node:os";
import { ApiConnection, startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = 'name = "demo"\n[tasks]\nweb = "exec sleep 1000"\n';
const CLAUDE = { CLAUDE_CODE_SESSION_ID: "8a718ed2-9f00-4d7e-8c11-0123456789ab" };

/** The orders on record, with who gave each. */
async function orders(world: World): Promise<string[]> {
  const { result } = await ask(world, "events --all");
  return result.events
    .filter((event: { event: string }) =>
      /^task_(started|restarted|stopped|killed)$/.test(event.event),
    )
    .map(({ event, by }: { event: string; by: string }) => `${event} ${by}`);
}

test("events and `why` name who gave an order", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start", { env: { TASKMUX_ACTOR: "deploy bot" } });
  await ask(world, "restart web", { env: { CODEX_THREAD_ID: "019abc12-3456" } });
  await ask(world, "stop web", { env: CLAUDE });
  const { summary, want_set } = (await ask(world, "why web")).result;
  expect(summary).toMatch(/^Task 'web' was stopped by claude-code\/8a718ed2 \d+s ago$/);
  expect(want_set).toMatchObject({ event: "task_stopped", by: "claude-code/8a718ed2" });
  await ask(world, "start web", { env: { USER: "ann" } });
  await ask(world, "kill web", { env: { USER: "", LOGNAME: "" } });
  expect(await orders(world)).toEqual([
    "task_started deploy bot",
    "task_restarted codex/019abc12",
    "task_stopped claude-code/8a718ed2",
    "task_started ann",
    `task_killed ${process.geteuid?.() === 0 ? "root" : userInfo().username}`,
  ]);
});

test("a person is known by the terminal", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const env = { USER: "ann" };
  expect(await world.spawnOnTerminal(["start"], { env }).ended()).toBe(0);
  expect(await orders(world)).toEqual([
    expect.stringMatching(/^task_started ann@(pts\/|ttys)\d+$/) as unknown as string,
  ]);
});

test("an actor of any text is one short printable line", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start", {
    env: { TASKMUX_ACTOR: `a\nb\u001b]0;x\u0007${"c".repeat(100_000)}` },
  });
  const [order = ""] = await orders(world);
  expect(order).toStartWith("task_started a b\uFFFD]0;x\uFFFDccc");
  expect(order.length).toBe("task_started ".length + 64);
});

test("a config that is applied is an order of the monitor, and a client's is one of the API", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start", { env: { TASKMUX_ACTOR: "ann" } });
  const { port } = await startDaemon(world, [], { env: CLAUDE });
  await using client = await ApiConnection.open(port);
  await client.ask("restart", { task: "web" });
  await client.ask("stop", { task: "web", actor: "the\npage" });
  await client.ask("start", { task: "web", actor: " " });
  world.writeConfig(CONFIG.replace("1000", "1001"));
  await eventually(async () => (await orders(world)).length === 5);
  expect(await orders(world)).toEqual([
    "task_started ann",
    "task_restarted api",
    "task_stopped api/the page",
    "task_started api",
    "task_restarted monitor",
  ]);
});

test("events of a version that did not record it are shown without", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const old =
    '{"ts":"2024-01-01T00:00:00.000Z","event":"task_killed","session":"demo","task":"web"}\n';
  world.write("../home/.taskmux/events.jsonl", old, 0o600);
  const { stdout } = await world.run(["events"]);
  expect(stdout).toContain("web  killed\n");
  expect((await ask(world, "why web")).result.want_set).toMatchObject({ by: null });
});
