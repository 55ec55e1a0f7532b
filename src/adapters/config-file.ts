import { lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { Path } from "../domain/config-places.ts";
import { readConfig, type ConfigReading } from "../domain/config-read.ts";
import type { Config, Project } from "../domain/config.ts";
import { Failure, isFailure, type Problem } from "../domain/failure.ts";
import { parseToml } from "./config-toml.ts";
import { homeDirectory } from "./paths.ts";

const NAME = "taskmux.toml";
const LARGEST = 4 * 1024 * 1024;

/**
 * The absolute path of the config: the one named (a file, or a directory with a taskmux.toml), else
 * the nearest taskmux.toml in `cwd` or above. E100 if there is none.
 */
export function findConfig(cwd: string, explicit?: string | null): string | Failure {
  if (explicit) return namedConfig(resolve(cwd, explicit), explicit);
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const path = join(directory, NAME);
    if (isThere(path)) return canonical(path);
    if (directory === dirname(directory)) return noConfig(resolve(cwd));
  }
}

function namedConfig(path: string, explicit: string): string | Failure {
  if (!isThere(path)) return new Failure("E100", `Config file '${explicit}' doesn't exist`);
  if (!isThere(`${path}/.`)) return canonical(path);
  const inside = join(path, NAME);
  if (isThere(inside)) return canonical(inside);
  return new Failure("E100", `The directory '${explicit}' has no ${NAME}`);
}

const noConfig = (cwd: string): Failure =>
  new Failure(
    "E100",
    `No ${NAME} in ${cwd} or a directory above it`,
    "Run `taskmux init` to make one, or name one with -c PATH.",
  );

/**
 * Also true for a symbolic link to nowhere: it names this project, another one above must not be taken
 * for it. False for what can't be looked at: a directory that is closed to us has no config for us.
 */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

const canonical = (path: string): string =>
  join(realpathSync.native(dirname(path)), basename(path));

/**
 * Finds, reads and checks a config. `session` replaces its name; the caller has checked it.
 * The failure has all `problems` of the file, and the first of them as its sentence.
 */
export async function loadProject(from: {
  cwd: string;
  explicit?: string | null;
  session?: string | null;
}): Promise<Project | Failure> {
  const configPath = findConfig(from.cwd, from.explicit);
  return isFailure(configPath) ? configPath : readProject(configPath, from.session);
}

/** The project of a config whose absolute path is known. */
export async function readProject(
  configPath: string,
  session?: string | null,
): Promise<Project | Failure> {
  const text = readConfigText(configPath);
  return isFailure(text) ? text : projectOf(configPath, text, session);
}

/** The project of a config that reads so. */
export async function projectOf(
  configPath: string,
  text: string,
  session?: string | null,
): Promise<Project | Failure> {
  const reading = await readText(text);
  if ("problems" in reading) return problemFailure(configPath, reading.problems);
  const directory = dirname(configPath);
  const config = withPaths(reading.config, directory);
  return { config, session: session ?? config.name, configPath, directory };
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

/** The text of a config file, without a byte order mark; E100 if it can't be read, E101 if it is no text. */
export function readConfigText(path: string): string | Failure {
  try {
    const file = statSync(path);
    if (!file.isFile()) {
      return new Failure("E100", `${path} is ${file.isDirectory() ? "a directory" : "no file"}`);
    }
    if (file.size > LARGEST) return new Failure("E100", `${path} is larger than 4 MB`);
    return decode(readFileSync(path), path);
  } catch (error) {
    return new Failure("E100", `Can't read ${path}: ${(error as Error).message}`);
  }
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

/** A path of a config: `~` is the home directory, what is relative belongs to the config's directory. */
export function absolutePath(path: string, directory: string): string {
  if (path === "~" || path.startsWith("~/")) return join(homeDirectory(), path.slice(1));
  return isAbsolute(path) ? resolve(path) : resolve(directory, path);
}

/** `PATH:LINE:COLUMN`, or only PATH where the field isn't found: for errors that show after loading. */
export async function placeInConfig(configPath: string, path: Path): Promise<string> {
  const text = readConfigText(configPath);
  if (isFailure(text)) return configPath;
  const { locateIn } = await import("../domain/config-places.ts");
  const place = locateIn(text)(path, "value");
  return place === null ? configPath : `${configPath}:${place.line}:${place.column}`;
}
