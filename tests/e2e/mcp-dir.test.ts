import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addWorktree, git, makeRepository } from "../helpers/git.ts";
import { startMcp } from "../helpers/mcp.ts";
import { createWorld } from "../helpers/world.ts";

const CONFIG = 'name = "demo"\n[tasks.api]\ncommand = "exec sleep 1000"\n';

test("dir is the project, a place in it, or another worktree; results name the session and its directory", async () => {
  await using world = createWorld();
  await makeRepository(world, CONFIG);
  const tree = await addWorktree(world, "fix");
  const nested = join(world.project, ".agent/tree");
  await git(world, ["worktree", "add", "-q", nested]);
  mkdirSync(join(world.project, "src/deep"), { recursive: true });
  mkdirSync(join(tree, "src"));
  symlinkSync(tree, join(world.project, "link"));
  await using server = await startMcp(world);
  const main = { session: "demo", dir: world.project };
  for (const place of ["", "/", "/src/deep", "/src/../src"])
    expect(await server.call("status", { dir: `${world.project}${place}` })).toMatchObject(main);
  const inTree = { session: "demo-fix", dir: tree };
  for (const dir of [tree, join(tree, "src"), join(world.project, "link/src")])
    expect(await server.call("status", { dir })).toMatchObject(inTree);
  expect(await server.call("status", { dir: nested })).toMatchObject({ dir: nested });
  // Each acts on its own session.
  expect(await server.call("start", { dir: tree })).toMatchObject({ ok: true, ...inTree });
  const { tasks, siblings } = await server.call("status");
  expect(tasks[0]).toMatchObject({ name: "api", state: "stopped" });
  expect(siblings).toMatchObject([{ session: "demo-fix" }]);
});

test("dir is refused elsewhere, by a symbolic link too, and where the config is another project's", async () => {
  await using world = createWorld();
  await makeRepository(world, CONFIG);
  const other = join(world.root, "other");
  mkdirSync(other);
  writeFileSync(join(other, "taskmux.toml"), 'name = "other"\n[tasks.x]\ncommand = "true"\n');
  symlinkSync(other, join(world.project, "out"));
  await using server = await startMcp(world);
  for (const dir of [
    other,
    "/",
    world.root,
    join(world.project, "out"),
    join(world.project, "nix"),
  ])
    expect(await server.call("status", { dir })).toMatchObject({ error_code: "E303" });
  expect(await server.call("status", { dir: "src" })).toMatchObject({ error_code: "E500" });
});

test("a config that was named has its counterpart in each worktree", async () => {
  await using world = createWorld();
  world.write("dev/tasks.toml", CONFIG.replace("demo", "dev"));
  await makeRepository(world, CONFIG);
  const tree = await addWorktree(world, "fix");
  const args = ["--config", join(world.project, "dev/tasks.toml")];
  await using server = await startMcp(world, { args, cwd: "/" });
  expect(await server.call("status")).toMatchObject({ session: "dev" });
  expect(await server.call("status", { dir: world.project })).toMatchObject({ session: "dev" });
  expect(await server.call("status", { dir: tree })).toMatchObject({
    session: "dev-fix",
    dir: join(tree, "dev"),
  });
});

test("Claude Code names the project in the environment", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const env = { CLAUDE_PROJECT_DIR: world.project };
  await using server = await startMcp(world, { cwd: "/", env });
  expect(await server.call("status")).toMatchObject({ session: "demo" });
  await using other = await startMcp(world, { cwd: world.home });
  expect(await other.call("status")).toMatchObject({ error_code: "E100" });
  expect(await other.call("status", { dir: world.project })).toMatchObject({ error_code: "E303" });
});
