import {
  existsSync,
  linkSync,
  lstatSync,
  realpathSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Failure } from "../../domain/failure.ts";
import { fileFailure } from "../../domain/system-error.ts";
import { LOCK_FILES } from "../../domain/init/package-scripts.ts";
import type { DjangoProject } from "../../domain/init/frameworks.ts";
import { isTable } from "../../domain/values/shape.ts";
import type { ProjectFiles, ProjectPackage } from "../../domain/init/propose.ts";
import { parseJson, readText } from "../system/files.ts";

const NAME = "taskmux.toml";
const LARGEST = 1024 * 1024;
/** The first existing one is used. Rails runs `Procfile.dev` in development; compose uses this order too. */
const PROCFILES = ["Procfile.dev", "Procfile"];
const COMPOSE_FILES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/**
 * The absolute path of the config that `init` will create: taskmux.toml in `cwd`, or the one named (in the directory, if a
 * directory is named). E100 if its directory doesn't exist.
 */
export function configToMake(cwd: string, explicit: string | null): string | Failure {
  const named = resolve(cwd, explicit ?? NAME);
  const path = existsSync(`${named}/.`) ? join(named, NAME) : named;
  if (!existsSync(`${dirname(path)}/.`)) {
    return new Failure("E100", `There is no directory ${dirname(path)}`);
  }
  return join(realpathSync.native(dirname(path)), basename(path));
}

/** Whether a path exists; a dangling symbolic link does. False if it can't be read. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** Creates a new file atomically; E105 if it exists, E106 if it can't be written. */
export function createFile(path: string, text: string): Failure | null {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    if (!linked(temporary, path)) writeFileSync(path, text, { flag: "wx" });
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      return new Failure("E105", `${path} already exists`);
    return fileFailure("write", path, error);
  } finally {
    if (isThere(temporary)) unlinkSync(temporary);
  }
}

/** Makes a hard link; false if the file system has none, like FAT and shared folders of virtual machines. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    return false;
  }
}

/** The files of a directory that show how its project runs, and a sentence for each one that can't be parsed. */
export function readProjectFiles(directory: string): { files: ProjectFiles; problems: string[] } {
  const problems: string[] = [];
  const parsed = (name: string, text: string, parse: (text: string) => unknown): unknown => {
    const value = parse(text);
    if (value === null) problems.push(`${name} can't be parsed and was ignored`);
    return value;
  };
  const [procfile = null, compose = null] = [PROCFILES, COMPOSE_FILES].map((names) =>
    firstOf(directory, names),
  );
  const packageAt = (below: string): ProjectPackage[] => {
    const name = join(below, MANIFEST);
    const text = smallText(join(directory, name));
    if (text === null) return [];
    const manifest = parsed(name, withoutMark(text), parseJson);
    return [{ directory: below, manifest, lockFile: lockFile(join(directory, below)) }];
  };
  const own = packageAt("");
  const workspaces = workspacesOf(directory, own[0]?.manifest);
  const below = directoriesWith(MANIFEST, directory, [...workspaces, ...USUAL_PLACES]);
  const files: ProjectFiles = {
    packages: [...own, ...below.flatMap(packageAt)],
    procfile,
    compose: compose && {
      name: compose.name,
      parsed: parsed(compose.name, compose.text, parseYaml),
    },
    frameworks: {
      django: djangoProjects(directory),
      rails: existsSync(join(directory, "bin/rails")),
    },
    dotenv: smallText(join(directory, ".env")),
  };
  return { files, problems };
}

const DJANGO = "manage.py";

/** The project itself, else those in the usual places below it. */
function djangoProjects(directory: string): DjangoProject[] {
  const below = existsSync(join(directory, DJANGO))
    ? [""]
    : directoriesWith(DJANGO, directory, USUAL_PLACES);
  return below.map((each) => ({ directory: each, python: pythonIn(directory, each) }));
}

/** The Python of the virtual environment there, or at the top of the project, else the one in PATH; as a command there. */
function pythonIn(project: string, below: string): string {
  const places = ["", relative(below, "")].flatMap((top) =>
    VIRTUAL_ENVIRONMENTS.map((path) => join(top, path)),
  );
  const found = places.find((path) => existsSync(join(project, below, path)));
  return found ?? (Bun.which("python") === null ? "python3" : "python");
}

const VIRTUAL_ENVIRONMENTS = [".venv/bin/python", "venv/bin/python"];

const MANIFEST = "package.json";

/** Usual places of a project's parts. */
const USUAL_PLACES = ["*", "apps/*", "services/*", "packages/*"];

/** Directories whose programs aren't a part of the running project. */
const NO_PART =
  /(^|\/)(node_modules|dist|build|vendor|examples?|fixtures?|templates?|tests?)(\/|$)/;

/** Maximum number of directories. */
const MOST_DIRECTORIES = 100;

/** The directories below this one that have this file, in the places of `patterns`, sorted, relative, without hidden ones. */
function directoriesWith(file: string, directory: string, patterns: readonly string[]): string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    for (const path of matches(file, directory, pattern)) {
      const below = dirname(path);
      if (below !== "." && !NO_PART.test(below) && found.size < MOST_DIRECTORIES) found.add(below);
    }
  }
  return [...found].toSorted();
}

/** The matches of a workspace pattern; none for an invalid one, or one that leads out of the project. */
function matches(file: string, directory: string, pattern: string): string[] {
  if (pattern.startsWith("!") || pattern.startsWith("/") || pattern.split("/").includes(".."))
    return [];
  try {
    const glob = new Bun.Glob(`${pattern.replace(/^\.\//, "").replace(/\/+$/, "")}/${file}`);
    return [...glob.scanSync({ cwd: directory, followSymlinks: false, onlyFiles: true })];
  } catch {
    return [];
  }
}

/** The patterns of `workspaces` (npm, yarn, bun) and of pnpm-workspace.yaml. */
function workspacesOf(directory: string, manifest: unknown): string[] {
  const field = isTable(manifest) ? manifest["workspaces"] : null;
  const pnpm = smallText(join(directory, "pnpm-workspace.yaml"));
  const parsed = pnpm === null ? null : parseYaml(pnpm);
  const lists = [
    field,
    isTable(field) ? field["packages"] : null,
    isTable(parsed) ? parsed["packages"] : null,
  ];
  return lists.flatMap((list) =>
    Array.isArray(list) ? list.filter((one) => typeof one === "string") : [],
  );
}

/** Removes a byte order mark. */
const withoutMark = (text: string): string => text.replace(/^\uFEFF/, "");

function firstOf(
  directory: string,
  names: readonly string[],
): { name: string; text: string } | null {
  for (const name of names) {
    const text = smallText(join(directory, name));
    if (text !== null) return { name, text: withoutMark(text) };
  }
  return null;
}

/** The text of a regular file of moderate size. Reading a FIFO would block. */
function smallText(path: string): string | null {
  try {
    const file = statSync(path);
    return file.isFile() && file.size <= LARGEST ? readText(path) : null;
  } catch {
    return null;
  }
}

function parseYaml(text: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch {
    return null;
  }
}

/** The nearest lock file, up to the repository's root: a workspace has its lock file there. */
function lockFile(directory: string): string | null {
  for (let at = directory; ; at = dirname(at)) {
    const found = Object.keys(LOCK_FILES).find((name) => existsSync(join(at, name)));
    if (found !== undefined) return found;
    if (existsSync(join(at, ".git")) || at === dirname(at)) return null;
  }
}
