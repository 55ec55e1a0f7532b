import type { Proposal } from "./proposals.ts";

export type PackageManager = "bun" | "npm" | "pnpm" | "yarn";

/** Which package manager a lock file belongs to; where there are several, the first of this list counts. */
export const lockFiles: Record<string, PackageManager> = {
  "bun.lock": "bun",
  "bun.lockb": "bun",
  "pnpm-lock.yaml": "pnpm",
  "yarn.lock": "yarn",
  "package-lock.json": "npm",
  "npm-shrinkwrap.json": "npm",
};

/** The manager that package.json names in `packageManager` (`pnpm@9.1.0`), else the lock file's, else npm. */
export function packageManager(manifest: unknown, lockFile: string | null): PackageManager {
  const named = /^(bun|npm|pnpm|yarn)(@|$)/.exec(String(fieldOf(manifest, "packageManager")));
  if (named) return named[1] as PackageManager;
  return (lockFile === null ? undefined : lockFiles[lockFile]) ?? "npm";
}

/** Scripts of a package.json that are meant to run on, as `npm run NAME`. */
export function scriptProposals(manifest: unknown, manager: PackageManager): Proposal[] {
  const scripts = fieldOf(manifest, "scripts");
  if (typeof scripts !== "object" || scripts === null) return [];
  const names = Object.entries(scripts)
    .filter(runsOn)
    .map(([name]) => name);
  return names.map((name) => ({
    name,
    command: `${manager} run ${shellWord(name)}`,
    auto_start: startsByItself(name, names),
    source: "package.json",
  }));
}

const LONG = new Set("dev develop start watch serve server worker workers storybook".split(" "));
const SHORT = new Set(
  "build check ci clean deploy format generate install kill lint publish release setup stop test".split(
    " ",
  ),
);

const wordsOf = (name: string): string[] => name.toLowerCase().split(/[^a-z0-9]+/);

/** A script that calls taskmux would start itself. */
function runsOn([name, script]: [string, unknown]): boolean {
  if (typeof script !== "string" || script.trim() === "" || /\btaskmux\b/.test(script))
    return false;
  const words = wordsOf(name);
  if (name.startsWith("-") || !words.some((word) => LONG.has(word))) return false;
  return words.includes("watch") || !words.some((word) => SHORT.has(word));
}

/** The main script, watchers and workers; not `start` beside `dev`, nor `dev:api`, which `dev` runs already. */
function startsByItself(name: string, names: readonly string[]): boolean {
  const words = wordsOf(name);
  if (words.includes("test") || words.includes("storybook")) return false;
  const main = mainScript(names);
  if (name === main) return true;
  if (main !== null && words[0] === main) return false;
  if (words.some((word) => word === "watch" || word.startsWith("worker"))) return true;
  return main === null && (words.includes("dev") || !names.some(isForDevelopment));
}

/** The one that a developer runs; null where several share its work, as `dev:api` and `dev:web`. */
function mainScript(names: readonly string[]): string | null {
  const first = (wanted: string[]) => wanted.find((each) => names.includes(each)) ?? null;
  return (
    first(["dev", "develop"]) ??
    (names.some(isForDevelopment) ? null : first(["start", "serve", "server"]))
  );
}

const isForDevelopment = (name: string): boolean => wordsOf(name).includes("dev");

const shellWord = (word: string): string =>
  /^[\w.:/@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
