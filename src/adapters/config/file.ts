import { lstatSync, realpathSync, type Stats } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { readConfig, type ConfigReading } from "../../domain/config/read.ts";
import type { Checkout, Config, Project, Worktree } from "../../domain/config/config.ts";
import { Failure, isFailure, type Problem } from "../../domain/failure.ts";
import { parseToml } from "./toml.ts";
import { refuseOthersConfig } from "./trust.ts";
import { checkoutOf, linkedWorktreeAt } from "./git-worktree.ts";
import { formerPathsOf, sessionOf } from "../state/project-session.ts";
import { withRunTasks } from "../state/run-tasks.ts";
import { notUtf8 } from "../system/current-directory.ts";
import { homeDirectory } from "../system/paths.ts";
import { isRefusal, readRegular } from "../system/regular-file.ts";

const NAME = "taskmux.toml";
const LARGEST = 4 * 1024 * 1024;

/**
 * Finds the config and returns its absolute path: the one named (a file, or a directory with a taskmux.toml), else the
 * nearest taskmux.toml in `cwd` or above, but not above the top of a linked git worktree. E100 if there is none. `cwd` may
 * be the failure to find the current directory: an absolute path doesn't need it.
 */
export function findConfig(cwd: string | Failure, explicit?: string | null): string | Failure {
  if (explicit && isAbsolute(explicit)) return namedConfig(resolve(explicit), explicit);
  if (isFailure(cwd)) return cwd;
  if (explicit) return namedConfig(resolve(cwd, explicit), explicit);
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const path = join(directory, NAME);
    if (exists(path)) return canonical(path);
    const worktree = linkedWorktreeAt(directory);
    if (worktree !== null) return noConfigIn(directory, worktree);
    if (directory === dirname(directory)) return noConfig(resolve(cwd));
  }
}

/** The paths that `findConfig` tries, the nearest first. */
export function configCandidates(cwd: string | Failure, explicit: string | null): string[] {
  if (isFailure(cwd))
    return explicit && isAbsolute(explicit) ? configCandidates("/", explicit) : [];
  if (explicit) {
    const path = resolve(cwd, explicit);
    return [path, join(path, NAME)];
  }
  const paths: string[] = [];
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    paths.push(join(directory, NAME));
    if (directory === dirname(directory) || linkedWorktreeAt(directory) !== null) return paths;
  }
}

function namedConfig(path: string, explicit: string): string | Failure {
  if (!exists(path))
    return notUtf8(path) ?? new Failure("E100", `Config file '${explicit}' doesn't exist`);
  if (!exists(`${path}/.`)) return canonical(path);
  const inside = join(path, NAME);
  if (exists(inside)) return canonical(inside);
  return new Failure("E100", `The directory '${explicit}' has no ${NAME}`);
}

const noConfig = (cwd: string): Failure =>
  new Failure(
    "E100",
    `No ${NAME} in ${cwd} or a directory above it`,
    "Run `taskmux init` to create one, or name one with -c PATH.",
  );

/** A config above a worktree belongs to the main checkout, or to another project. */
function noConfigIn(directory: string, { main }: Worktree): Failure {
  const other = join(main, NAME);
  const has = exists(other) ? ` (the main checkout has one: ${other})` : "";
  return new Failure(
    "E100",
    `The git worktree ${directory} has no ${NAME}${has}`,
    "Commit the file, so that each worktree has it, or name one with -c PATH.",
  );
}

/**
 * Whether a path exists. A dangling symbolic link counts: it stands for this project, so a config above must not be used
 * instead. A path in an unreadable directory doesn't count.
 */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function canonical(path: string): string | Failure {
  const real = join(realpathSync.native(dirname(path)), basename(path));
  return notUtf8(real) ?? real;
}

/**
 * Finds, reads and checks a config. `session` overrides its name; the caller has validated it. The failure lists all
 * `problems` of the file; its message is the first of them.
 */
export async function loadProject(from: {
  cwd: string | Failure;
  explicit?: string | null;
  session?: string | null;
}): Promise<Project | Failure> {
  const configPath = findConfig(from.cwd, from.explicit);
  if (isFailure(configPath)) return configPath;
  return readProject(configPath, from.session, !from.explicit);
}

/**
 * Reads the config at an absolute path. A config of another user is accepted if it was named, as with git's `GIT_DIR`; if
 * it was only `found`, the result is E108.
 */
export async function readProject(
  configPath: string,
  session?: string | null,
  isFound = false,
): Promise<Project | Failure> {
  let others: Failure | null = null;
  const text = readConfigText(
    configPath,
    (file) => (others = refuseOthersConfig(configPath, file)),
  );
  if (isFound && others !== null) return others;
  const project = isFailure(text) ? text : await projectOf(configPath, text, session);
  return isFailure(project) || others === null ? project : { ...project, isOthers: true };
}

/** Makes a project of a config's text, with the tasks that `run` has added to its session. */
export async function projectOf(
  configPath: string,
  text: string,
  session?: string | null,
): Promise<Project | Failure> {
  const config = await configOf(configPath, text);
  if (isFailure(config)) return config;
  const directory = dirname(configPath);
  const checkout = placeInGit(directory, config);
  const location = { configPath, directory, checkout };
  const name = session ?? sessionOf(config.name, configPath, checkout?.worktree ?? null);
  const isNamed = typeof session === "string";
  const formerPaths = checkout?.worktree ? formerPathsOf(name, location) : [];
  return withRunTasks({ config, session: name, ...location, isNamed, formerPaths });
}

/** The config at an absolute path, without its session: that needs a home directory. */
export async function readConfigAt(configPath: string): Promise<Config | Failure> {
  const text = readConfigText(configPath);
  return isFailure(text) ? text : configOf(configPath, text);
}

async function configOf(configPath: string, text: string): Promise<Config | Failure> {
  const reading = await readText(text);
  if ("problems" in reading) return problemFailure(configPath, reading.problems);
  return withPaths(reading.config, dirname(configPath));
}

/** With `worktrees = false` a linked worktree is as good as a checkout of its own. */
function placeInGit(directory: string, { worktrees }: Config): Checkout | null {
  const found = checkoutOf(directory);
  return found === null || worktrees ? found : { ...found, worktree: null };
}

async function readText(text: string): Promise<ConfigReading> {
  const toml = await parseToml(text);
  return "problem" in toml ? { problems: [toml.problem] } : readConfig(toml.parsed, text);
}

/** `PATH:LINE:COLUMN: SENTENCE (and N more)`. */
export function problemFailure(configPath: string, problems: readonly Problem[]): Failure {
  const [first, ...more] = problems;
  if (first === undefined) throw new Error("a failure without problems");
  const place = first.line === null ? "" : `:${first.line}:${first.column}`;
  const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
  const message = `${configPath}${place}: ${first.message}${rest}`;
  return new Failure(first.code, message, first.hint ?? undefined, problems, configPath);
}

/**
 * The text of a config file, without a byte order mark; E100 if it can't be read, E101 if it isn't text. `onOpen` gets the
 * stat of the opened file.
 */
export function readConfigText(path: string, onOpen?: (file: Stats) => void): string | Failure {
  const bytes = readRegular(path, { limit: LARGEST, ...(onOpen && { onOpen }) });
  if (isRefusal(bytes)) return new Failure("E100", `Can't read ${path}: ${bytes.reason}`);
  return decode(bytes, path);
}

function decode(bytes: Uint8Array, path: string): string | Failure {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return problemFailure(path, [encodingProblem(new TextDecoder().decode(bytes))]);
  }
}

function encodingProblem(replaced: string): Problem {
  const before = replaced.slice(0, Math.max(0, replaced.indexOf("\uFFFD")));
  return {
    code: "E101",
    message: "Invalid TOML: the file is not in UTF-8",
    line: before.split("\n").length,
    column: before.length - before.lastIndexOf("\n"),
    hint: "Save it as UTF-8.",
  };
}

function withPaths(config: Config, directory: string): Config {
  const absolute = (path: string) => absolutePath(path, directory);
  return {
    ...config,
    env_file: config.env_file.map(absolute),
    tasks: config.tasks.map((task) => ({
      ...task,
      cwd: task.cwd === null ? null : absolute(task.cwd),
      log_file: task.log_file === null ? null : absolute(task.log_file),
      env_file: task.env_file.map(absolute),
    })),
  };
}

/**
 * Resolves a path in a config: `~` is the home directory, a relative path starts at the config's directory. Without a home
 * directory, `~` is an ordinary name, as in a shell.
 */
export function absolutePath(path: string, directory: string): string {
  const home = path === "~" || path.startsWith("~/") ? homeDirectory() : null;
  if (home !== null) return join(home, path.slice(1));
  return isAbsolute(path) ? resolve(path) : resolve(directory, path);
}
