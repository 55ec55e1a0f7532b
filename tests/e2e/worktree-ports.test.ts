import { expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { addWorktree, commitAll, git, makeRepository } from "../helpers/git.ts";
import { freePort, freeRange, listening } from "../helpers/listening.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** A server on $PORT that answers with the directory that it runs in. */
const SERVER = `
Bun.serve({ port: process.env.PORT, hostname: "127.0.0.1", fetch: () => new Response(process.cwd()) });`;

/** Asks the api, writes what it answered, and stays. */
const WORKER = `
const answer = await (await fetch(process.env.API + "who")).text();
await Bun.write("worker.seen.part", answer);
require("node:fs").renameSync("worker.seen.part", "worker.seen");
setInterval(() => {}, 1000);`;

const run = (file: string): string => `command = "exec '${process.execPath}' ${file}"`;

/** Six tasks that need five ports; nothing in it names a worktree. */
const shop = (first: number): string => `
name = "shop"
[tasks.db]
port = "auto"
${run("serve.ts")}
[tasks.queue]
port = "${first}+"
${run("serve.ts")}
[tasks.migrate]
command = "test -n \\"$TASKMUX_PORT_DB\\""
oneshot = true
depends_on = ["db"]
[tasks.api]
port = "${first}+"
depends_on = ["migrate"]
env = { DB = "\${tasks.db.url}" }
health_url = "\${url}health"
${run("serve.ts")}
[tasks.worker]
depends_on = ["api", "queue"]
env = { API = "\${tasks.api.url}", QUEUE = "\${tasks.queue.url}" }
health_check = "test -s worker.seen"
${run("worker.ts")}
[tasks.web]
port = "${first}+"
depends_on = ["api"]
${run("serve.ts")}
`;

async function makeShop(world: World, config: string, names: string[]): Promise<string[]> {
  world.write("serve.ts", SERVER);
  world.write("worker.ts", WORKER);
  world.write(".gitignore", "worker.seen*\n");
  await makeRepository(world, config);
  const trees: string[] = [];
  for (const name of names) trees.push(await addWorktree(world, name));
  return trees;
}

const portsIn = async (world: World, cwd: string): Promise<Record<string, number>> => {
  const { result } = await ask(world, "status", { cwd });
  const tasks: [string, number | null][] = result.tasks.map((task: any) => [task.name, task.port]);
  return Object.fromEntries(tasks.filter(([, port]) => port !== null)) as Record<string, number>;
};

const answerOf = async (port: number): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/`)).text();

test("three worktrees start at the same moment, and each talks to its own servers", async () => {
  await using world = createWorld();
  await using ports = listening();
  const first = freeRange();
  const stranger = await ports.listen(first);
  const trees = await makeShop(world, shop(first), ["one", "two", "three"]);
  const started = await Promise.all(trees.map((cwd) => ask(world, "start --wait", { cwd })));
  expect(started.map(({ result }) => result.ok)).toEqual([true, true, true]);
  const chosen = await Promise.all(trees.map((cwd) => portsIn(world, cwd)));
  const all = chosen.flatMap((each) => Object.values(each));
  expect(new Set(all).size).toBe(12);
  expect(all).not.toContain(first);
  for (const [index, cwd] of trees.entries()) {
    expect(readFileSync(join(cwd, "worker.seen"), "utf8")).toBe(cwd);
    const answers = await Promise.all(Object.values(chosen[index]!).map(answerOf));
    expect(new Set(answers)).toEqual(new Set([cwd]));
  }
  expect(isAlive(stranger)).toBe(true);

  const [one = "", two = "", three = ""] = trees;
  await ask(world, "stop", { cwd: two });
  for (const cwd of [one, three]) {
    const { result } = await ask(world, "health", { cwd });
    expect(result).toMatchObject({ healthy_count: 6, total_count: 6 });
  }
  // Another branch is the same worktree: the same session, and the same ports.
  await git(world, ["switch", "-q", "-c", "other"], one);
  await ask(world, "restart --wait", { cwd: one });
  expect(await portsIn(world, one)).toEqual(chosen[0]!);
  await ask(world, "start --wait", { cwd: two });
  expect(await portsIn(world, two)).toEqual(chosen[1]!);
  await git(world, ["worktree", "remove", "--force", three]);
  expect(await answerOf(chosen[2]!["api"]!)).toContain(three);
  const stopped = await world.run(["stop", "--session", "shop-three", "--json"]);
  expect(stopped.json()).toMatchObject({ ok: true, session: "shop-three" });
});

test("a port that a worktree's task holds is E220, and its hint proposes a port for each", async () => {
  await using world = createWorld();
  const port = freePort();
  const config = `name = "shop"\n[tasks.web]\nport = ${port}\nhealth_tcp = ${port}\n${run("serve.ts")}\n`;
  const [tree = ""] = await makeShop(world, config, ["fix"]);
  await ask(world, "start --wait", { cwd: tree });
  const { result } = await ask(world, "start web");
  expect(result).toMatchObject({ ok: false, error_code: "E220" });
  expect(result.error).toEndWith("which belongs to task 'web' of session 'shop-fix'");
  expect(result.hint).toEndWith(`; or give each worktree a port of its own: port = "${port}+"`);
  world.writeConfig(config.replace(/port = (\d+)\n.*/, 'port = "$1+"'));
  await commitAll(world);
  expect((await ask(world, "start --wait")).result.ok).toBe(true);
  expect((await portsIn(world, world.project))["web"]).not.toBe(port);
});

test("a worktree that was removed keeps no port that nothing uses", async () => {
  await using world = createWorld();
  const [tree = ""] = await makeShop(world, shop(freeRange()), ["gone"]);
  await ask(world, "start queue --wait", { cwd: tree });
  const { queue } = await portsIn(world, tree);
  await world.tmux("kill-server");
  rmSync(tree, { recursive: true });
  await ask(world, "start queue --wait");
  expect((await portsIn(world, world.project))["queue"]).toBe(queue);
});
