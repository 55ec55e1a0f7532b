import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { createWorld, type World } from "../helpers/world.ts";

/** What a cloned repository could hold to make a Bun program run its code. */
function plant(world: World): string {
  const ran = join(world.root, "ran");
  const code = `await Bun.write(${JSON.stringify(ran)}, "x");\n`;
  world.write("evil.ts", code);
  world.write("node_modules/citty/index.js", code);
  world.write("bunfig.toml", 'preload = ["./evil.ts"]\n[run]\npreload = ["./evil.ts"]\n');
  world.write("package.json", '{"imports": {"#*": "./evil.ts"}}');
  world.write("tsconfig.json", '{"compilerOptions": {"paths": {"*": ["./evil.ts"]}}}');
  world.write(".env", "TASKMUX_CONFIG=/nowhere/taskmux.toml\nBUN_OPTIONS=--preload=./evil.ts\n");
  return ran;
}

test("nothing in the directory that taskmux is run in becomes its code", async () => {
  await using world = createWorld();
  const ran = plant(world);
  const { stdout, exitCode } = await world.run(["--version"]);
  expect({ stdout: stdout.includes(version), exitCode }).toEqual({ stdout: true, exitCode: 0 });
  expect(existsSync(ran)).toBe(false);
});

test("a preload in BUN_OPTIONS does not run", async () => {
  await using world = createWorld();
  const ran = plant(world);
  await world.run(["--version"], { env: { BUN_OPTIONS: `--preload=${world.project}/evil.ts` } });
  expect(existsSync(ran)).toBe(false);
});

test("a .env in the current directory sets nothing in taskmux", async () => {
  await using world = createWorld();
  plant(world);
  const config = world.writeConfig('name = "plain"\n[tasks.web]\ncommand = "true"\n');
  const checked = await world.run(["check", "--json"]);
  expect(checked.json()).toMatchObject({ ok: true, config_path: config });
});

test("nothing is written outside of the project and ~/.taskmux", async () => {
  await using world = createWorld();
  await world.run(["--version"]);
  expect(existsSync(join(world.home, ".bun"))).toBe(false);
});
