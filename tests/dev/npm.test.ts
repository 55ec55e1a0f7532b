import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { manPage } from "../../scripts/man.ts";
import { makePackages, packageOf } from "../../scripts/npm.ts";
import { builtBinary } from "../helpers/binary.ts";
import type { Output } from "../helpers/command.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { spawnOnTerminal } from "../helpers/terminal.ts";
import { createWorld, type RunOptions, type World } from "../helpers/world.ts";
import { type Target, TARGETS } from "../../scripts/targets.ts";

/** The target that the tests' binary is of. */
const here = targetHere();

function targetHere(): Target {
  const { stdout } = Bun.spawnSync(["sh", "-c", "ldd --version 2>&1"]);
  const libc = process.platform === "linux" && /musl/i.test(stdout.toString()) ? "-musl" : "";
  return `${process.platform}-${process.arch}${libc}` as Target;
}

/** A registry that offers our packages as npm's would, made once for all tests of this file. */
let registry: { url: string; world: World; stop(): Promise<void> };

beforeAll(async () => {
  const world = createWorld();
  const dist = join(world.root, "dist");
  mkdirSync(dist);
  copyFileSync(builtBinary(), join(dist, `taskmux-${here}`));
  const directories = makePackages([here], "someone/taskmux", dist);
  const tarballs = new Map<string, Uint8Array>();
  const manifests = new Map<string, any>();
  for (const directory of directories) {
    const pack = [process.execPath, "pm", "pack", "--gzip-level=1", "--quiet", "--ignore-scripts"];
    await world.runProgram(pack, { cwd: directory });
    const [file = ""] = [...new Bun.Glob("*.tgz").scanSync({ cwd: directory })];
    const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    tarballs.set(`/${file}`, readFileSync(join(directory, file)));
    manifests.set(manifest.name, { ...manifest, file: `/${file}` });
  }
  // Those of other platforms are known, and never fetched.
  for (const each of TARGETS.filter((other) => other !== here)) {
    const [os, cpu, libc = "glibc"] = each.split("-");
    const fields = { name: packageOf(each), version, os: [os], cpu: [cpu], file: "/other.tgz" };
    manifests.set(fields.name, os === "linux" ? { ...fields, libc: [libc] } : fields);
  }
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => {
      const path = decodeURIComponent(new URL(url).pathname);
      const bytes = tarballs.get(path);
      if (bytes) return new Response(new Uint8Array(bytes));
      const manifest = manifests.get(path.slice(1));
      if (!manifest) return new Response("{}", { status: 404 });
      return Response.json(packument(manifest, new URL(manifest.file, url), tarballs));
    },
  });
  const stop = async () => {
    await server.stop(true);
    await world.dispose();
  };
  registry = { url: server.url.href, world, stop };
}, 600_000);
afterAll(() => registry.stop());

function packument(manifest: any, tarball: URL, tarballs: Map<string, Uint8Array>) {
  const bytes = tarballs.get(tarball.pathname) ?? Buffer.from("none");
  const integrity = `sha512-${new Bun.CryptoHasher("sha512").update(bytes).digest("base64")}`;
  const dist = { tarball: tarball.href, integrity };
  const versions = { [version]: { ...manifest, dist } };
  return { name: manifest.name, "dist-tags": { latest: version }, versions };
}

const managers = [
  {
    name: "npm",
    install: ["npm", "install", "--no-audit", "--no-fund", "taskmux"],
    exec: ["npx", "--yes"],
  },
  { name: "bun", install: [process.execPath, "add", "taskmux"], exec: [process.execPath, "x"] },
];

/** An empty project of someone whose package manager knows only that registry. */
function createProject() {
  const world = createWorld();
  const env = {
    npm_config_registry: registry.url,
    npm_config_cache: join(world.root, "npm"),
    npm_config_update_notifier: "false",
    BUN_CONFIG_REGISTRY: registry.url,
    BUN_INSTALL_CACHE_DIR: join(world.root, "bun"),
  };
  const run = (argv: string[], options: RunOptions = {}): Promise<Output> =>
    world.runProgram(argv, { ...options, env: { ...env, ...options.env } });
  return { world, env, run };
}

/** A project in which the packages are unpacked, without any package manager. */
function createInstalled() {
  const world = createWorld();
  const modules = join(world.project, "node_modules");
  mkdirSync(join(modules, "@taskmux"), { recursive: true });
  const npm = join(registry.world.root, "dist/npm");
  symlinkSync(join(npm, here), join(modules, "@taskmux", here));
  mkdirSync(join(modules, "taskmux/bin"), { recursive: true });
  for (const file of ["package.json", "bin/taskmux.cjs"]) {
    copyFileSync(join(npm, "taskmux", file), join(modules, "taskmux", file));
  }
  return { world, launcher: join(modules, "taskmux/bin/taskmux.cjs"), modules };
}

const runtimes = [Bun.which("node"), process.execPath].filter((each) => each !== null);

for (const { name, install, exec } of managers) {
  test.skipIf(Bun.which(name) === null)(
    `${name} installs taskmux for this platform alone, and runs it`,
    async () => {
      const { world, run } = createProject();
      await using _ = world;
      world.write("package.json", "{}");
      const installed = await run(install);
      expect({ installed, exitCode: installed.exitCode }).toMatchObject({ exitCode: 0 });
      expect(readdirSync(join(world.project, "node_modules/@taskmux"))).toEqual([here]);
      const { stdout, exitCode } = await run([...exec, "taskmux", "--version"]);
      expect({ stdout, exitCode }).toEqual({ stdout: `taskmux ${version}\n`, exitCode: 0 });
    },
  );

  test.skipIf(Bun.which(name) === null)(
    `${exec[0] === "npx" ? "npx" : "bunx"} runs it where nothing is installed, with its exit status`,
    async () => {
      const { world, run } = createProject();
      await using _ = world;
      const { exitCode, stdout } = await run([...exec, "taskmux", "status", "--json"]);
      expect({ exitCode, code: JSON.parse(stdout).error_code }).toEqual({
        exitCode: 2,
        code: "E100",
      });
    },
  );
}

test("the launcher hands on stdin, every byte of stdout, and the exit status", async () => {
  const { world, launcher } = createInstalled();
  await using _ = world;
  const tasks = Array.from({ length: 2000 }, (_, at) => `t${at} = "${"x".repeat(300)}"`);
  world.writeConfig(`name = "x"\n[tasks]\n${tasks.join("\n")}\n`);
  const straight = await world.run(["status", "--json"]);
  for (const runtime of runtimes) {
    const { stdout } = await world.runProgram([runtime, launcher, "status", "--json"]);
    expect(stdout.length).toBe(straight.stdout.length);
    const wrong = await world.runProgram([runtime, launcher, "inspect", "ghost", "--json"]);
    expect({ exitCode: wrong.exitCode, code: wrong.json().error_code }).toEqual({
      exitCode: 1,
      code: "E200",
    });
    const piped = await world.runProgram([
      "sh",
      "-c",
      '"$0" "$1" status --json | head -c 10',
      runtime,
      launcher,
    ]);
    expect({ stdout: piped.stdout, stderr: piped.stderr }).toEqual({
      stdout: '{"session"',
      stderr: "",
    });
  }
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "the launcher passes %s on, and ends as taskmux does",
  async (signal) => {
    const { world, launcher } = createInstalled();
    await using _ = world;
    world.writeConfig('name = "x"\n[tasks]\nweb = "echo hello; sleep 1000"\n');
    await world.run(["start", "web"]);
    const straight = await endedBy(world, [builtBinary()], signal);
    for (const runtime of runtimes) {
      expect(await endedBy(world, [runtime, launcher], signal)).toBe(straight);
    }
  },
);

/** The status of a `logs -f` that a signal ends. */
async function endedBy(world: World, argv: string[], signal: NodeJS.Signals): Promise<number> {
  const running = world.spawnProgram([...argv, "logs", "-f"]);
  await eventually(() => running.stdout().includes("hello"));
  running.signal(signal);
  return (await running.ended()).exitCode;
}

test("C-c at a terminal comes once", async () => {
  const { world, launcher } = createInstalled();
  await using _ = world;
  world.write(
    "counting",
    `#!/bin/sh\ntrap 'echo "caught $((n = n + 1))"' INT\necho begun\nwhile [ ! -e stop ]; do sleep 0.05; done\n`,
    0o755,
  );
  const modules = join(world.project, "node_modules/@taskmux");
  rmSync(join(modules, here));
  mkdirSync(join(modules, here, "bin"), { recursive: true });
  renameSync(join(world.project, "counting"), join(modules, here, "bin/taskmux"));
  for (const runtime of runtimes) {
    const person = spawnOnTerminal([runtime, launcher], { cwd: world.project, env: world.env });
    await eventuallyIs(person.seen, (text) => text.includes("begun"));
    person.type("\u0003");
    await eventuallyIs(person.seen, (text) => text.includes("caught 1"));
    world.write("stop", "");
    await person.ended();
    expect(person.seen()).not.toContain("caught 2");
    rmSync(join(world.project, "stop"));
  }
});

test("without the package of its platform the launcher says what to do", async () => {
  const { world, launcher, modules } = createInstalled();
  await using _ = world;
  rmSync(join(modules, "@taskmux", here));
  for (const runtime of runtimes) {
    const { exitCode, stderr } = await world.runProgram([runtime, launcher, "status"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`@taskmux/${here}, is not installed`);
    expect(stderr).toContain("--no-optional");
  }
});

test("on a platform that there is no taskmux for the launcher says so", async () => {
  const { world, launcher } = createInstalled();
  await using _ = world;
  const other = `Object.defineProperty(process, "platform", { value: "freebsd" }); process.argv.splice(1, 1); require(${JSON.stringify(launcher)});`;
  const script = world.write("other.cjs", other);
  const { exitCode, stderr } = await world.runProgram([process.execPath, script, launcher]);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining("there is none for freebsd"),
  });
});

test("the packages hold what they should and run nothing on an install", () => {
  const npm = join(registry.world.root, "dist/npm");
  const read = (name: string) => JSON.parse(readFileSync(join(npm, name, "package.json"), "utf8"));
  const main = read("taskmux");
  expect(Object.keys(main.optionalDependencies)).toEqual(TARGETS.map(packageOf));
  expect(new Set(Object.values(main.optionalDependencies))).toEqual(new Set([version]));
  for (const manifest of [main, read(here)]) {
    expect(manifest).toMatchObject({ version, license: "MIT" });
    expect(manifest.repository.url).toBe("git+https://github.com/someone/taskmux.git");
    expect(manifest).not.toHaveProperty("scripts");
    expect(manifest).not.toHaveProperty("dependencies");
  }
  expect(statSync(join(npm, here, "bin/taskmux")).mode & 0o777).toBe(0o755);
  expect(readFileSync(join(npm, "taskmux", main.man), "utf8")).toBe(manPage());
  expect(main.files).toContain("man");
});
