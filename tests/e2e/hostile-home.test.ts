import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../helpers/api.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const config =
  'name = "demo"\n[tasks.web]\ncommand = "echo hello; exec sleep 1000"\nenv = { SECRET = "x" }\n';

/** A world whose `~/.taskmux` is there already, with rights of this mode. */
function withHome(world: World, mode = 0o700): string {
  world.writeConfig(config);
  const home = join(world.home, ".taskmux");
  mkdirSync(home);
  chmodSync(home, mode);
  return home;
}

const modeOf = (path: string): number => lstatSync(path).mode & 0o777;

test("all that taskmux keeps is for its user alone", async () => {
  await using world = createWorld();
  world.writeConfig(config);
  await startDaemon(world);
  await ask(world, "start");
  await world.run(["logs", "--since-last"]);
  const home = join(world.home, ".taskmux");
  const names = readdirSync(home, { recursive: true, encoding: "utf8" });
  expect(names.length).toBeGreaterThan(5);
  const open = [home, ...names.map((name) => join(home, name))].filter(
    (path) => (lstatSync(path).mode & 0o077) !== 0,
  );
  expect(open).toEqual([]);
});

test.each([0o777, 0o775, 0o755, 0o750])(
  "a ~/.taskmux that others have rights to (%o) is closed to them",
  async (mode) => {
    await using world = createWorld();
    const home = withHome(world, mode);
    expect((await ask(world, "start")).result.ok).toBe(true);
    expect(modeOf(home)).toBe(0o700);
  },
);

test("a ~/.taskmux that is a link to a directory of one's own is fine", async () => {
  await using world = createWorld();
  const home = withHome(world);
  const moved = join(world.root, "elsewhere");
  renameSync(home, moved);
  symlinkSync(moved, home);
  expect((await ask(world, "start")).result.ok).toBe(true);
  expect(readdirSync(moved)).toContain("events.jsonl");
});

test("a ~/.taskmux that is a file is an error that says so", async () => {
  await using world = createWorld();
  world.writeConfig(config);
  writeFileSync(join(world.home, ".taskmux"), "");
  expect((await ask(world, "status")).result).toMatchObject({ ok: false, error_code: "E106" });
});

const asRoot = test.skipIf(process.geteuid?.() !== 0);

asRoot("a ~/.taskmux of another user is left alone", async () => {
  await using world = createWorld();
  const home = withHome(world);
  chownSync(home, 65534, 65534);
  for (const line of ["start", "status", "logs", "events", "daemon --port=0"]) {
    const { exitCode, result } = await ask(world, line);
    expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E106" });
  }
  expect(readdirSync(home)).toEqual([]);
});

asRoot.each([
  ["a directory", (path: string) => mkdirSync(path), "run"],
  ["a link", (path: string) => symlinkSync("../../target", path), "events.jsonl"],
] as const)(
  "%s that another user has put into it is neither believed nor followed",
  async (_, make, name) => {
    await using world = createWorld();
    const home = withHome(world, 0o777);
    const target = join(world.root, "target");
    writeFileSync(target, "mine\n");
    make(join(home, name));
    lchownSync(join(home, name), 65534, 65534);
    for (const line of ["start", "status", "events", "logs"]) {
      const { exitCode, result } = await ask(world, line);
      expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E106" });
      expect(result.error).toContain(name);
    }
    expect(readFileSync(target, "utf8")).toBe("mine\n");
    expect(readdirSync(home)).toEqual([name]);
  },
);
