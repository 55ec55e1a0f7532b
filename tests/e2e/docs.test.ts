import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { topicNames } from "../../src/domain/docs/topics.ts";
import { root } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { said } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const pageOf = (topic: string): string => readFileSync(join(root, `docs/${topic}.md`), "utf8");

test("the executable contains every page as it is, and needs nothing else", async () => {
  await using world = createWorld();
  for (const topic of topicNames()) {
    const { exitCode, stdout, stderr } = await world.run(["docs", topic], { cwd: "/" });
    expect({ topic, exitCode, stderr }).toEqual({ topic, exitCode: 0, stderr: "" });
    expect(stdout === pageOf(topic)).toBe(true);
  }
  expect(existsSync(join(world.home, ".taskmux"))).toBe(false);
  const { result } = said(await world.run(["docs", "logs", "--json"]), "docsSchema");
  expect(result).toEqual({ topic: "logs", text: pageOf("logs") });
});

test("without a topic there is a list, and an unknown one is answered with it", async () => {
  await using world = createWorld();
  const { stdout } = await world.run(["docs"]);
  for (const topic of topicNames()) expect(stdout).toMatch(new RegExp(`^${topic} +\\w`, "m"));
  const { result } = said(await world.run(["docs", "--json"]), "docsListSchema");
  expect(result.topics.map(({ topic }: any) => topic)).toEqual(topicNames());
  const wrong = said(await world.run(["docs", "guid", "--json"]), null);
  expect(wrong).toMatchObject({ exitCode: 2, result: { ok: false, error_code: "E500" } });
  expect(wrong.result.hint).toContain("Did you mean 'guide'? Topics: guide, ");
});

async function onTerminal(world: World, env: Record<string, string>): Promise<string[]> {
  const terminal = world.spawnOnTerminal(["docs", "logs"], { env });
  expect(await terminal.ended()).toBe(0);
  await eventually(() => terminal.seen().endsWith("\r\n"));
  return Bun.stripANSI(terminal.seen()).split("\r\n");
}

test("on a terminal $PAGER shows it, with its arguments", async () => {
  await using world = createWorld();
  const lines = await onTerminal(world, { PAGER: "sed -e 's/^/paged: /'" });
  expect(lines[0]).toBe("paged: # Logs");
});

test.each(["cat", "", "no-such-pager-at-all"])("with the pager %j it is printed", async (PAGER) => {
  await using world = createWorld();
  const lines = await onTerminal(world, { PAGER });
  expect(lines).toContain("# Logs");
  expect(lines).toContain("## Time zones");
});

test.skipIf(Bun.which("less") === null)("without $PAGER it is less, which q leaves", async () => {
  await using world = createWorld();
  const terminal = world.spawnOnTerminal(["docs", "guide"]);
  await eventually(() => terminal.seen().includes("# Guide"));
  expect(terminal.seen()).not.toContain("## Completion");
  terminal.type("q");
  expect(await terminal.ended()).toBe(0);
});
