import { composeProposals } from "./compose.ts";
import { type Frameworks, frameworkProposals } from "./frameworks.ts";
import { suggestName, validTaskName } from "../values/names.ts";
import { cycles } from "../tasks/graph.ts";
import { packageManager, scriptProposals } from "./package-scripts.ts";
import { procfileProposals } from "./procfile.ts";
import type { Proposal } from "./proposal.ts";

/** A package.json of the project. */
export interface ProjectPackage {
  /** Relative to the project's directory, which is "". */
  directory: string;
  manifest: unknown;
  lockFile: string | null;
}

/** The files of a directory that show how its project runs; null for a missing file. */
export interface ProjectFiles {
  /** The project's own package first, then those below it: of workspaces, `apps/*`, and the like. */
  packages: ProjectPackage[];
  procfile: { name: string; text: string } | null;
  compose: { name: string; parsed: unknown } | null;
  frameworks: Frameworks;
  /** The text of `.env`. */
  dotenv: string | null;
}

/** Maximum number of proposed tasks. */
const MOST = 100;

/**
 * The tasks of these files, with valid and distinct names. If there is a Procfile, only its entries start automatically.
 */
export function proposeTasks(files: ProjectFiles): Proposal[] {
  const { packages, procfile, compose, dotenv } = files;
  const entries = procfile
    ? procfileProposals(procfile.text, procfile.name, dotenv ?? "")
    : frameworkProposals(files.frameworks);
  const own = [...entries, ...ofPackages(packages, procfile ? entries : [])];
  const services = compose ? composeProposals(compose.parsed, compose.name, own.length > 0) : [];
  return withNames([...own, ...services].filter(isRunnable).slice(0, MOST));
}

/**
 * The scripts of the project's own package.json and of the packages below it. If the former has a script that starts by
 * itself (`turbo dev`), that one runs the others, as in monorepos.
 */
function ofPackages(packages: readonly ProjectPackage[], entries: readonly Proposal[]): Proposal[] {
  const known = new Set(entries.map(({ command }) => command));
  const proposals: Proposal[] = [];
  let isRunByAnother = entries.length > 0;
  for (const one of packages) {
    const found = scriptsOf(one).filter(
      ({ command, cwd }) => cwd !== undefined || !known.has(command),
    );
    proposals.push(
      ...found.map((script) => (isRunByAnother ? { ...script, auto_start: false } : script)),
    );
    if (one.directory === "" && found.some(({ auto_start }) => auto_start)) isRunByAnother = true;
  }
  return proposals;
}

/** A package's main script gets the name of its directory: `web` for the `dev` of `apps/web`. */
function scriptsOf({ directory, manifest, lockFile }: ProjectPackage): Proposal[] {
  const scripts = scriptProposals(manifest, packageManager(manifest, lockFile));
  if (directory === "") return scripts;
  const own = directory.split("/").at(-1)!;
  const main = scripts.find(({ auto_start }) => auto_start);
  return scripts.map((script) => ({
    ...script,
    name: script === main ? own : `${own}-${script.name}`,
    cwd: directory,
    source: `${directory}/package.json`,
  }));
}

const isRunnable = ({ command }: Proposal): boolean => !command.includes("\0");

/** Makes names valid and unique, and renames them in `depends_on` too. */
function withNames(proposals: readonly Proposal[]): Proposal[] {
  const taken = new Set<string>();
  const names = new Map<string, string>();
  const keyOf = (source: string, name: string) => `${source}\0${name}`;
  const named = proposals.map((proposal) => {
    const name = freeName(
      validTaskName(proposal.name) ? proposal.name : suggestName(proposal.name),
      taken,
    );
    taken.add(name.toLowerCase());
    names.set(keyOf(proposal.source, proposal.name), name);
    return { ...proposal, name };
  });
  return withoutCycles(
    named.map((proposal) => {
      if (proposal.depends_on === undefined) return proposal;
      const { depends_on, ...rest } = proposal;
      const known = depends_on.flatMap((each) => names.get(keyOf(proposal.source, each)) ?? []);
      return known.length === 0 ? rest : { ...rest, depends_on: known };
    }),
  );
}

/** Drops dependencies that form a cycle: a config with one is invalid. */
function withoutCycles(proposals: Proposal[]): Proposal[] {
  const nodes = proposals.map(({ name, depends_on = [] }) => ({ name, depends_on }));
  if (cycles(nodes).length === 0) return proposals;
  return proposals.map((proposal) => {
    const rest = { ...proposal };
    delete rest.depends_on;
    return rest;
  });
}

/** Names that differ only in case would share a log file on macOS. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const suffix = count === 1 ? "" : `-${count}`;
    const candidate = name.slice(0, 64 - suffix.length) + suffix;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}
