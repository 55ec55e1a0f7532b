import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const config = (logFile: string): string =>
  `name = "demo"\n[tasks.web]\ncommand = "echo hello; exec sleep 1000"\nlog_file = "${logFile}"\n`;

const IMPORTANT = "2024-01-01T14:00:00.123 error: mine\n";

const taskFile = (world: World, name: string): string =>
  join(world.home, ".taskmux/run/demo/tasks/web", name);

/** A world with a file that no task has written, which the config names as a log. */
function withImportantFile(): { world: World; file: string } {
  const world = createWorld();
  world.writeConfig(config("../important"), "sub/taskmux.toml");
  return { world, file: world.write("important", IMPORTANT) };
}

const inSub = (world: World) => ({ cwd: join(world.project, "sub") });

test("a file that the session's log hub has not written is not deleted as a log", async () => {
  const { world, file } = withImportantFile();
  await using _ = world;
  for (const line of ["logs-clean", "logs-clean web"]) {
    const { result } = await ask(world, line, inSub(world));
    expect(result).toMatchObject({ ok: true, deleted: [] });
    expect(result.warnings).toEqual([expect.stringContaining(file)]);
  }
  expect(readFileSync(file, "utf8")).toBe(IMPORTANT);
});

test("nor is one that a log writer was given and has not written", async () => {
  const { world, file } = withImportantFile();
  await using _ = world;
  world.writeConfig(
    config("../important").replace("\n", "\nauto_start = false\n"),
    "sub/taskmux.toml",
  );
  // It opens a window, with a pipe, in which nothing runs.
  expect((await ask(world, "start", inSub(world))).result.ok).toBe(true);
  expect(existsSync(taskFile(world, "writer.json"))).toBe(true);
  expect((await ask(world, "logs-clean", inSub(world))).result.deleted).toEqual([]);
  expect(readFileSync(file, "utf8")).toBe(IMPORTANT);
});

test("nor is it shown", async () => {
  const { world, file } = withImportantFile();
  await using _ = world;
  const shown = await world.run(["logs", "web", "--json"], inSub(world));
  expect(shown.json().lines).toEqual([]);
  expect(shown.stderr).toContain(file);
  expect((await ask(world, "why web", inSub(world))).result).toMatchObject({
    last_lines: [],
    errors: [],
  });
});

test("nor is it followed", async () => {
  const { world } = withImportantFile();
  await using _ = world;
  const api = '[tasks.api]\ncommand = "echo hello; exec sleep 1000"\n';
  world.writeConfig(`${config("../important")}${api}`, "sub/taskmux.toml");
  const following = world.spawn(["logs", "-f", "--json"], inSub(world));
  await ask(world, "start api", inSub(world));
  await eventually(() => following.stdout().includes("hello"));
  expect(following.stdout()).not.toContain("mine");
});

test("the log of another session, whose name begins alike, is not one's own", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo-2"\n[tasks]\nweb = "exec sleep 1000"\n', "other/taskmux.toml");
  await ask(world, "start", { cwd: join(world.project, "other") });
  const log = join(world.home, ".taskmux/logs/demo-2/web.log");
  await eventually(() => existsSync(log));
  world.writeConfig(config("~/.taskmux/logs/demo-2/web.log"));
  expect((await world.run(["logs", "web", "--json"])).json().lines).toEqual([]);
  expect((await ask(world, "logs-clean")).result.deleted).toEqual([]);
  expect(existsSync(log)).toBe(true);
});

test("a log_file is followed from when it is written, and deleted with what it was rotated to", async () => {
  await using world = createWorld();
  world.writeConfig(config("log"));
  const following = world.spawn(["logs", "-f", "--json"]);
  await ask(world, "start");
  await eventually(() => following.stdout().includes("hello"));
  const [log, rotated] = [join(world.project, "log"), join(world.project, "log.1")];
  writeFileSync(rotated, "x\n");
  expect((await world.run(["logs", "web"])).stdout).toContain("hello");
  expect((await ask(world, "logs-clean")).result).toMatchObject({
    deleted: [log, rotated],
    warnings: [],
  });
});

test("one that the config no longer names, and names again, is a log still", async () => {
  await using world = createWorld();
  for (const name of ["log", "other", "log"]) {
    world.writeConfig(config(name));
    expect((await ask(world, "restart")).result.ok).toBe(true);
    expect((await ask(world, "wait web --log=hello")).result.ok).toBe(true);
  }
  expect(JSON.parse(readFileSync(taskFile(world, "written.json"), "utf8"))).toEqual(
    ["log", "other"].map((name) => join(world.project, name)),
  );
});

test("a log of 0.1.0 is recognized by its log writer's record", async () => {
  await using world = createWorld();
  world.writeConfig(config("log"));
  await ask(world, "start");
  expect((await ask(world, "wait web --log=hello")).result.ok).toBe(true);
  await ask(world, "stop");
  const { keeps_record: _, ...told } = JSON.parse(
    readFileSync(taskFile(world, "writer.json"), "utf8"),
  );
  writeFileSync(taskFile(world, "writer.json"), JSON.stringify(told));
  rmSync(taskFile(world, "written.json"));
  expect((await world.run(["logs", "web"])).stdout).toContain("hello");
  expect((await ask(world, "logs-clean")).result.deleted).toEqual([join(world.project, "log")]);
});

test("a log that 0.1.0 writes is one still after a restart in its window, and after its log_file is another", async () => {
  await using world = createWorld();
  world.writeConfig(config("log"));
  await ask(world, "start");
  expect((await ask(world, "wait web --log=hello")).result.ok).toBe(true);
  const forget = () => {
    const { keeps_record: _, ...told } = JSON.parse(
      readFileSync(taskFile(world, "writer.json"), "utf8"),
    );
    writeFileSync(taskFile(world, "writer.json"), JSON.stringify(told));
    rmSync(taskFile(world, "written.json"), { force: true });
  };
  forget();
  await ask(world, "restart");
  // Its log writer, which lives as long as the window, puts nothing on record.
  rmSync(taskFile(world, "written.json"), { force: true });
  expect((await world.run(["logs", "web"])).stdout).toContain("hello");
  forget();
  world.writeConfig(config("other"));
  await ask(world, "restart");
  expect((await ask(world, "wait web --log=hello")).result.ok).toBe(true);
  world.writeConfig(config("log"));
  expect((await world.run(["logs", "web"])).stdout).toContain("hello");
});

test("the logs of another config's session are neither shown nor deleted", async () => {
  await using world = createWorld();
  const plain = 'name = "demo"\n[tasks]\nweb = "echo hello; exec sleep 1000"\n';
  world.writeConfig(plain, "other/taskmux.toml");
  world.writeConfig(plain);
  await ask(world, "start", { cwd: join(world.project, "other") });
  for (const line of ["logs", "logs web", "logs-clean"]) {
    expect((await ask(world, line)).result).toMatchObject({ ok: false, error_code: "E302" });
  }
  await eventually(() => existsSync(join(world.home, ".taskmux/logs/demo/web.log")));
});
