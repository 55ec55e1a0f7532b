import type { Layer } from "../config/environment-layers.ts";

/** What a config says about a launch, at the time of that launch; values of the environment only as hashes. */
export interface LaunchFacts {
  command: string;
  /** "run": `taskmux run` said it, and no config. */
  source?: "run";
  /** Absolute. */
  cwd: string;
  /** The port that the task was given; null without one. */
  port: number | null;
  /** As configured; null: the default. */
  shell: string | null;
  /** The shell that was found for it; absolute. */
  shellPath: string;
  /** Identifies the session's secret, with which the hashes were made; hashes of different secrets say nothing. */
  secret: string;
  environment: Layer<EnvFileFacts>[];
  /** Hashes of the values that refer to ports, with the ports of that time. */
  referring: Record<string, string>;
}

/** An env_file as it was read. */
export interface EnvFileFacts {
  /** Absolute. */
  path: string;
  /** Its size, times and inode; null if it was changed so recently that another change might not change them. */
  stamp: string | null;
  /** Of its variables: comments and blank lines don't count. Null if it sets none, or doesn't exist and may. */
  hash: string | null;
}

/** What a launch now would do differently. */
export type Drift = "config" | "env_file" | "port" | "cwd";

/** The differences of a running launch from one that would be made now, and a phrase that says them after "runs with". */
export interface Staleness {
  drifts: Drift[];
  phrases: string[];
}

/** Compares a launch with one that would be made now; `directory`: the config's, to which paths are shown relative. */
export function stalenessOf(then: LaunchFacts, now: LaunchFacts, directory: string): Staleness {
  const found: [Drift, string][] = [];
  if (then.command !== now.command) found.push(["config", commandPhrase(then, now)]);
  if (then.shell !== now.shell && then.shellPath !== now.shellPath)
    found.push(["config", "another shell"]);
  if (then.secret === now.secret) found.push(...environmentDrifts(then, now, directory));
  if (then.port !== now.port) found.push(["port", portPhrase(then.port, now.port)]);
  if (then.cwd !== now.cwd) found.push(["cwd", `the directory ${then.cwd} instead of ${now.cwd}`]);
  return {
    drifts: [...new Set(found.map(([drift]) => drift))],
    phrases: found.map(([, say]) => say),
  };
}

/** A list in words: "a", "a and b", "a, b and c". */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;

/** A config may have got a task that is called like one of `run`: then the config's counts. */
const commandPhrase = (then: LaunchFacts, now: LaunchFacts): string =>
  then.source === "run" && now.source !== "run"
    ? "the command of `taskmux run` instead of the config's"
    : "an older command";

const portPhrase = (then: number | null, now: number | null): string => {
  if (then === null) return `no port instead of ${now}`;
  return now === null
    ? `port ${then}, which the config no longer has`
    : `port ${then} instead of ${now}`;
};

function environmentDrifts(
  then: LaunchFacts,
  now: LaunchFacts,
  directory: string,
): [Drift, string][] {
  const names = differing(variablesOf(then), variablesOf(now));
  const referring = Object.keys(now.referring).filter(
    (name) => !names.includes(name) && differs(then.referring[name], now.referring[name]),
  );
  const files = differingFiles(filesOf(then), filesOf(now));
  return [
    ...older("config", names),
    ...older("port", referring),
    ...older(
      "env_file",
      files.map((path) => shownPath(path, directory)),
    ),
  ];
}

const older = (drift: Drift, what: string[]): [Drift, string][] =>
  what.length === 0 ? [] : [[drift, `an older ${listed(what)}`]];

/** A reference that stands for nothing now says nothing. */
const differs = (then: string | undefined, now: string | undefined): boolean =>
  then !== undefined && now !== undefined && then !== now;

const variablesOf = ({ environment }: LaunchFacts): Map<string, string> =>
  new Map(
    environment.flatMap((layer) => ("variables" in layer ? Object.entries(layer.variables) : [])),
  );

/** The hashes of the files that set something. */
const filesOf = ({ environment }: LaunchFacts): Map<string, string> =>
  new Map(
    environment.flatMap((layer) =>
      "files" in layer
        ? layer.files.flatMap(({ path, hash }): [string, string][] => (hash ? [[path, hash]] : []))
        : [],
    ),
  );

/** The keys that only one of the maps has, or whose values differ; in the order of the second. */
function differing(one: Map<string, string>, other: Map<string, string>): string[] {
  const keys = new Set([...other.keys(), ...one.keys()]);
  return [...keys].filter((key) => one.get(key) !== other.get(key));
}

/** The same for files; one that moved, with the same content, is no difference. */
function differingFiles(one: Map<string, string>, other: Map<string, string>): string[] {
  const onlyIn = (own: Map<string, string>, foreign: Map<string, string>) =>
    new Set([...own].flatMap(([path, hash]) => (foreign.has(path) ? [] : [hash])));
  const moved = onlyIn(one, other).intersection(onlyIn(other, one));
  const isMoved = (path: string): boolean =>
    one.has(path) !== other.has(path) && moved.has((one.get(path) ?? other.get(path))!);
  return differing(one, other).filter((path) => !isMoved(path));
}

const shownPath = (path: string, directory: string): string =>
  path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
