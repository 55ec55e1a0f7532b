import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG =
  'name = "demo"\n[tasks.web]\ncommand = "echo hello; exec sleep 1000"\nenv = { SECRET = "x" }\n';

/** A world whose `~/.taskmux` is there already, with rights of this mode. */
function withHome(world: World, mode = 0o700): string {
  world.writeConfig(CONFIG);
  const home = join(world.home, ".taskmux");
  mkdirSync(home);
  chmodSync(home, mode);
  return home;
}

const modeOf = (path: string): number => lstatSync(path).mode & 0o777;

test("all that taskmux keeps is for its user alone", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await startDaemon(world);
  await ask(world, "start");
  await world.run(["logs", "--since-last"]);
  const home = join(world.home, ".taskmux");
  const names = readdirSync(home, { recursive: true, encoding: "utf8" });
  expect(names.length).toBeGreaterThan(5);
  // The mode of a link says nothing. A file may have been replaced since.
  const found = [home, ...names.map((name) => join(home, name))];
  const open = found.filter(
    (path) => ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0,
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
  world.writeConfig(CONFIG);
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

const LOOKERS = ["start", "status", "logs", "events", "daemon --port=0"];

asRoot.each([
  "run",
  "run/demo",
  "run/demo/launcher.sh",
  "run/demo/project.json",
  "run/demo/tasks/web",
  "run/demo/tasks/web/launch",
  "run/demo/tasks/web/state.json",
  "logs/demo/web.log",
])("what another user has put at %s is neither believed nor run", async (name) => {
  await using world = createWorld();
  const home = withHome(world);
  expect((await ask(world, "start")).result.ok).toBe(true);
  await eventually(() => existsSync(join(home, name)));
  // It lies there since before `~/.taskmux` was closed.
  chmodSync(home, 0o777);
  lchownSync(join(home, name), 65534, 65534);
  for (const line of LOOKERS) {
    const { exitCode, result } = await ask(world, line);
    expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E106" });
    expect(result.error).toContain(join(home, name));
  }
});

test.each(["run", "run/demo/tasks", "run/demo/tasks/web/launch", "run/demo/launcher.sh"])(
  "%s that others may write is neither believed nor run",
  async (name) => {
    await using world = createWorld();
    const home = withHome(world);
    expect((await ask(world, "start")).result.ok).toBe(true);
    chmodSync(home, 0o777);
    chmodSync(join(home, name), 0o777);
    const { result } = await ask(world, "status");
    expect(result).toMatchObject({ ok: false, error_code: "E106" });
    expect(result.error).toContain(join(home, name));
    chmodSync(join(home, name), 0o700);
    expect(await ask(world, "status")).toMatchObject({ exitCode: 0 });
  },
);

test("what was in order is not looked through again while ~/.taskmux stays closed", async () => {
  await using world = createWorld();
  const home = withHome(world);
  world.writeConfig(`${CONFIG}health_check = "true"\n`);
  expect((await ask(world, "start --wait")).result.ok).toBe(true);
  // The directory is in its final state once the hub has made the one of the logs.
  await eventually(() => existsSync(join(home, "logs/demo/web.log")));
  await ask(world, "status");
  const checked = readFileSync(join(home, "checked"), "utf8");
  await ask(world, "restart");
  await ask(world, "stop");
  expect(readFileSync(join(home, "checked"), "utf8")).toBe(checked);
  chmodSync(home, 0o750);
  await ask(world, "status");
  expect(readFileSync(join(home, "checked"), "utf8")).not.toBe(checked);
});

asRoot("what lies behind a link of one's own is looked through each time", async () => {
  await using world = createWorld();
  const home = withHome(world);
  const moved = join(world.root, "moved");
  mkdirSync(moved, { mode: 0o700 });
  symlinkSync(moved, join(home, "run"));
  expect((await ask(world, "start")).result.ok).toBe(true);
  expect(await ask(world, "status")).toMatchObject({ exitCode: 0 });
  lchownSync(join(moved, "demo/tasks/web/launch"), 65534, 65534);
  expect((await ask(world, "status")).result.error_code).toBe("E106");
});

asRoot("that all is in order is not believed where another user says so", async () => {
  await using world = createWorld();
  const home = withHome(world);
  mkdirSync(join(home, "run"));
  const checked = join(home, "checked");
  writeFileSync(checked, "", { mode: 0o600 });
  for (const path of [join(home, "run"), checked]) lchownSync(path, 65534, 65534);
  const { ino, ctimeNs } = statSync(home, { bigint: true });
  writeFileSync(checked, `${ino} ${ctimeNs}\n`);
  expect((await ask(world, "status")).result.error_code).toBe("E106");
});
