import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { join } from "node:path";

/** The root of this tree. */
export const root = join(import.meta.dirname, "../..");

const binary = join(root, "dist/taskmux");

/** The path of a `dist/taskmux` that is as new as what it is made of; builds it where it isn't. */
export function builtBinary(): string {
  if (isFresh()) return binary;
  using _lock = buildLock();
  if (!isFresh()) build();
  return binary;
}

/** Test files run in several processes: one builds, the others wait. SQLite's lock dies with its holder. */
function buildLock(): Disposable {
  const database = new Database(join(root, "node_modules/.build.lock"));
  database.run("PRAGMA busy_timeout = 60000");
  database.run("BEGIN EXCLUSIVE");
  return { [Symbol.dispose]: () => database.close() };
}

function isFresh(): boolean {
  const built = modified("dist/taskmux");
  return sources().every((path) => modified(path) <= built);
}

function sources(): string[] {
  const files = [...new Bun.Glob("src/**/*").scanSync({ cwd: root })];
  return [...files, "build.ts", "package.json", "bun.lock"];
}

function modified(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function build(): void {
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, join(root, "build.ts")]);
  if (exitCode !== 0) throw new Error(`The build failed:\n${stderr.toString()}`);
}
