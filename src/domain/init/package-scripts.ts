import { commandLength } from "./long-commands.ts";
import { portFlagOf } from "./port-flag.ts";
import { shellWord } from "../values/shell-word.ts";
import type { Proposal } from "./proposal.ts";

export type PackageManager = "bun" | "npm" | "pnpm" | "yarn";

/** The package manager of each lock file; if there are several lock files, the first in this list counts. */
export const LOCK_FILES: Record<string, PackageManager> = {
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
  return (lockFile === null ? undefined : LOCK_FILES[lockFile]) ?? "npm";
}

/** Proposes the scripts of a package.json that keep running, as `npm run NAME`. */
export function scriptProposals(manifest: unknown, manager: PackageManager): Proposal[] {
  const scripts = scriptsOf(manifest);
  const long = new Map([...scripts].filter((entry) => runsOn(entry, scripts)));
  return [...long].map(([name, script]) => ({
    name,
    ...runOf(`${manager} run ${shellWord(name)}`, script, manager),
    auto_start: startsByItself(name, long),
    source: "package.json",
  }));
}

/** How a script is run: on a port that is chosen, if its program takes one. */
function runOf(
  command: string,
  script: string,
  manager: PackageManager,
): Pick<Proposal, "command" | "port"> {
  const flag = portFlagOf(script);
  if (flag === null) return { command };
  // npm takes flags for itself; the others pass on what stands behind the script's name, `--` too.
  const separator = manager === "npm" ? " --" : "";
  return { command: `${command}${separator} ${flag.argument}`, port: `${flag.port}+` };
}

/** Names of scripts that keep running. */
const LONG = new Set("dev develop start watch serve server worker workers storybook".split(" "));

/** Names of project parts; whether such a script keeps running depends on its command. */
const PARTS = new Set(
  `api app web site client frontend backend ui admin queue jobs scheduler consumer proxy gateway bot realtime socket websocket
  ws graphql mock mocks docs emulators`.split(/\s+/),
);

const SHORT = new Set(
  "build check ci clean deploy format generate install kill lint publish release setup stop test".split(
    " ",
  ),
);

type Scripts = ReadonlyMap<string, string>;

function scriptsOf(manifest: unknown): Scripts {
  const scripts = fieldOf(manifest, "scripts");
  const entries = typeof scripts === "object" && scripts !== null ? Object.entries(scripts) : [];
  return new Map(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

const wordsOf = (name: string): string[] => name.toLowerCase().split(/[^a-z0-9]+/);

/** A script that calls taskmux would start itself. */
function runsOn([name, script]: [string, string], scripts: Scripts): boolean {
  if (script.trim() === "" || /\btaskmux\b/.test(script) || name.startsWith("-")) return false;
  if (isPartOfAnother(name, scripts)) return false;
  const words = wordsOf(name);
  if (words.some((word) => SHORT.has(word)) && !words.includes("watch")) return false;
  if (words.some((word) => LONG.has(word))) return true;
  const length = commandLength(script);
  return length === "long" || (length === "open" && words.some((word) => PARTS.has(word)));
}

/** npm runs `predev` and `postdev` with `dev`. */
const isPartOfAnother = (name: string, scripts: Scripts): boolean =>
  /^(pre|post)/.test(name) && scripts.has(name.replace(/^(pre|post)/, ""));

/**
 * The main script, watchers and workers start by themselves; not `start` if there is `dev`, nor `dev:api`, which `dev` runs
 * already.
 */
function startsByItself(name: string, long: Scripts): boolean {
  const words = wordsOf(name);
  if (words.includes("test") || words.includes("storybook")) return false;
  const names = [...long.keys()];
  const main = mainScript(names);
  if (name === main) return true;
  if (main !== null && (words[0] === main || mentions(long.get(main)!, name))) return false;
  if (words.some((word) => word === "watch" || word.startsWith("worker"))) return true;
  return main === null && (words.includes("dev") || !names.some(isForDevelopment));
}

/** Whether a script runs another one: `concurrently npm:api npm:web`, `npm run api & npm run web`, `run-p api web`. */
const mentions = (script: string, name: string): boolean =>
  script.split(/[\s"']+/).some((word) => word === name || word === `npm:${name}`);

/** The script that a developer runs; null if several share its work, like `dev:api` and `dev:web`. */
function mainScript(names: readonly string[]): string | null {
  const first = (wanted: string[]) => wanted.find((each) => names.includes(each)) ?? null;
  return (
    first(["dev", "develop"]) ??
    (names.some(isForDevelopment) ? null : first(["start", "serve", "server"]))
  );
}

const isForDevelopment = (name: string): boolean => wordsOf(name).includes("dev");

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
