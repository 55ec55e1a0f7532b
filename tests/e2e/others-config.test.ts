import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const asRoot = test.skipIf(process.geteuid?.() !== 0);

const STRANGER = 65534;

/** A world whose config belongs to another user, or only its directory does; commands are typed below it. */
function othersProject(world: World, owned: "taskmux.toml" | "." = "taskmux.toml"): string {
  const config = world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  lchownSync(join(world.project, owned), STRANGER, STRANGER);
  mkdirSync(join(world.project, "below"));
  return config;
}

const below = (world: World) => ({ cwd: join(world.project, "below") });

asRoot.each(["taskmux.toml", "."] as const)(
  "a config that is found and whose %s belongs to another user is not run",
  async (owned) => {
    await using world = createWorld();
    const config = othersProject(world, owned);
    for (const line of ["start", "status", "logs", "events", "daemon --port=0", "watch"]) {
      const { exitCode, result } = await ask(world, line, below(world));
      expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E108" });
      expect(result.error).toContain(config);
      expect(result.hint).toContain(join(world.home, ".taskmux/trusted"));
    }
  },
);

asRoot(
  "the hint's command allows the directory, whatever the umask, also where there is no ~/.taskmux",
  async () => {
    await using world = createWorld();
    othersProject(world);
    const { hint } = (await ask(world, "status", below(world))).result;
    const command = hint.slice(hint.indexOf("mkdir "));
    expect(await world.runProgram(["sh", "-c", `umask 002; ${command}`])).toMatchObject({
      exitCode: 0,
    });
    expect((await ask(world, "status", below(world))).result.session).toBe("demo");
  },
);

asRoot("a link of one's own to another user's config is not run", async () => {
  await using world = createWorld();
  const config = othersProject(world);
  const mine = join(world.root, "mine");
  mkdirSync(mine);
  symlinkSync(config, join(mine, "taskmux.toml"));
  expect((await ask(world, "status", { cwd: mine })).result.error_code).toBe("E108");
});

asRoot("another user's config that is named is run", async () => {
  await using world = createWorld();
  const config = othersProject(world);
  const { result } = await ask(world, `start --config=${config}`, below(world));
  expect(result).toMatchObject({ ok: true, tasks: ["web"] });
  const named = { ...below(world), env: { TASKMUX_CONFIG: config } };
  expect((await ask(world, "stop", named)).result).toMatchObject({ ok: true, tasks: ["web"] });
});

asRoot.each([
  [0o600, "the directory", (world: World) => world.project, 0],
  [0o600, "one above it", (world: World) => dirname(world.project), 0],
  [0o600, "another one", (world: World) => `${world.project}x`, 1],
  [0o600, "its name's beginning", (world: World) => world.project.slice(0, -1), 1],
  [0o666, "the directory, by anybody", (world: World) => world.project, 1],
] as const)(
  "a config of another user, where mode %o lets trusted name %s",
  async (mode, _, directory, status) => {
    await using world = createWorld();
    othersProject(world);
    const path = join(world.home, ".taskmux/trusted");
    mkdirSync(dirname(path), { mode: 0o700 });
    writeFileSync(path, `# shared\n${directory(world)}\n`);
    chmodSync(path, mode);
    expect((await ask(world, "status", below(world))).exitCode).toBe(status);
  },
);

asRoot("root runs the config of the user who called sudo, and of nobody else", async () => {
  await using world = createWorld();
  othersProject(world);
  const calledBy = (uid: number) => ({ ...below(world), env: { SUDO_UID: String(uid) } });
  expect((await ask(world, "status", calledBy(STRANGER))).exitCode).toBe(0);
  expect((await ask(world, "status", calledBy(STRANGER - 1))).result.error_code).toBe("E108");
});

const withSetpriv = test.skipIf(process.geteuid?.() !== 0 || Bun.which("setpriv") === null);

withSetpriv("SUDO_UID means nothing where the user isn't root", async () => {
  await using world = createWorld();
  const config = world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  for (const path of [world.root, world.project]) chmodSync(path, 0o755);
  lchownSync(config, STRANGER - 1, STRANGER - 1);
  lchownSync(world.home, STRANGER, STRANGER);
  const asStranger = ["setpriv", `--reuid=${STRANGER}`, "--clear-groups", builtBinary()];
  const env = { SUDO_UID: String(STRANGER - 1) };
  const { stdout } = await world.runProgram([...asStranger, "status", "--json"], { env });
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, error_code: "E108" });
});

asRoot(
  "a config that another user puts in the place of one that is watched is not run",
  async () => {
    await using world = createWorld();
    const config = world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
    await ask(world, "start");
    const watch = world.spawn(["watch", "--json"]);
    await eventually(() => existsSync(join(world.home, ".taskmux/run/demo/watch")));
    const theirs = world.write("theirs", 'name = "demo"\n[tasks]\nweb = "touch theirs-ran"\n');
    lchownSync(theirs, STRANGER, STRANGER);
    renameSync(theirs, config);
    const line = await eventually(() => watch.lines()[0]);
    expect(JSON.parse(line)).toMatchObject({ event: "config_invalid" });
    expect(JSON.parse(line).error).toContain(`belongs to user ${STRANGER}`);
    world.write("mine", 'name = "demo"\n[tasks]\nweb = "sleep 2000"\n');
    renameSync(join(world.project, "mine"), config);
    await eventually(() => watch.stdout().includes("config_reloaded"));
    expect(existsSync(join(world.project, "theirs-ran"))).toBe(false);
  },
);
