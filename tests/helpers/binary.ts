import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { join } from "node:path";

/** The root of this tree. */
export const root = join(import.meta.dirname, "../..");

/** The path of a `dist/taskmux` that is as new as what it is made of; builds it where it isn't. */
export const builtBinary = (): string => builtFor("dist/taskmux", "build()");

/** One that asks macOS's programs about processes (helpers/darwin.ts), whatever machine this is. */
export const builtAsDarwin = (): string => builtFor("dist/taskmux-as-darwin", 'buildAs("darwin")');

export function builtFor(path: string, call: string): string {
  if (isFresh(path)) return join(root, path);
  using _lock = buildLock();
  if (!isFresh(path)) build(call);
  return join(root, path);
}

/** Test files run in several processes: one builds, the others wait. SQLite's lock dies with its holder. */
function buildLock(): Disposable {
  const database = new Database(join(root, "node_modules/.build.lock"));
  database.run("PRAGMA busy_timeout = 600000");
  database.run("BEGIN EXCLUSIVE");
  return { [Symbol.dispose]: () => database.close() };
}

function isFresh(path: string): boolean {
  const built = modified(path);
  return sources().every((source) => modified(source) <= built);
}

function sources(): string[] {
  const files = [...new Bun.Glob("src/**/*").scanSync({ cwd: root })];
  return [...files, "build.ts", "package.json", "bun.lock"];
}

function modified(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Apart from this process: a test may have changed its globals. `call`: what of build.ts is called. */
function build(call: string): void {
  const script = `import { build, buildAs } from ${JSON.stringify(join(root, "build.ts"))}; await ${call};`;
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "-e", script]);
  if (exitCode !== 0) throw new Error(`The build failed:\n${stderr.toString()}`);
}
