import {
  existsSync,
  linkSync,
  lstatSync,
  realpathSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Failure } from "../domain/failure.ts";
import { lockFiles } from "../domain/package-scripts.ts";
import type { ProjectFiles } from "../domain/proposals.ts";
import { parseJson, readText } from "./files.ts";

const NAME = "taskmux.toml";
const LARGEST = 1024 * 1024;
/** Of each, the first that is there. `Procfile.dev` is what Rails runs in development; compose has this order too. */
const PROCFILES = ["Procfile.dev", "Procfile"];
const COMPOSE_FILES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/**
 * The absolute path of the config that `init` is to make: taskmux.toml in `cwd`, or the one named (in a
 * directory, where one is named). E100 where its directory isn't there.
 */
export function configToMake(cwd: string, explicit: string | null): string | Failure {
  const named = resolve(cwd, explicit ?? NAME);
  const path = existsSync(`${named}/.`) ? join(named, NAME) : named;
  if (!existsSync(`${dirname(path)}/.`)) {
    return new Failure("E100", `There is no directory ${dirname(path)}`);
  }
  return join(realpathSync.native(dirname(path)), basename(path));
}

/** Also true for a symbolic link to nowhere; false for what can't be looked at. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** Makes a file that isn't there yet, whole or not at all; E105 where another was faster, E106 where it can't be written. */
export function createFile(path: string, text: string): Failure | null {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    if (!linked(temporary, path)) writeFileSync(path, text, { flag: "wx" });
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return new Failure("E105", `${path} exists already, and is kept`);
    return new Failure("E106", `Can't write ${path}: ${message}`);
  } finally {
    if (isThere(temporary)) unlinkSync(temporary);
  }
}

/** False where the file system has no links, as shared folders of virtual machines and FAT. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    return false;
  }
}

/** What a directory has that says how its project is run, and a sentence for each file that can't be understood. */
export function readProjectFiles(directory: string): { files: ProjectFiles; problems: string[] } {
  const problems: string[] = [];
  const parsed = (name: string, text: string, parse: (text: string) => unknown): unknown => {
    const value = parse(text);
    if (value === null) problems.push(`${name} can't be understood: nothing is proposed from it`);
    return value;
  };
  const [manifest, procfile, compose] = [["package.json"], PROCFILES, COMPOSE_FILES].map((names) =>
    firstOf(directory, names),
  );
  const files: ProjectFiles = {
    packageJson: manifest
      ? { manifest: parsed(manifest.name, manifest.text, parseJson), lockFile: lockFile(directory) }
      : null,
    procfile: procfile ?? null,
    compose: compose
      ? { name: compose.name, parsed: parsed(compose.name, compose.text, parseYaml) }
      : null,
  };
  return { files, problems };
}

function firstOf(
  directory: string,
  names: readonly string[],
): { name: string; text: string } | null {
  for (const name of names) {
    const text = smallText(join(directory, name));
    if (text !== null) return { name, text: text.replace(/^\uFEFF/, "") };
  }
  return null;
}

/** A pipe of that name would never end. */
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

/** The nearest lock file, up to the top of the repository: a workspace has its own there. */
function lockFile(directory: string): string | null {
  for (let at = directory; ; at = dirname(at)) {
    const found = Object.keys(lockFiles).find((name) => existsSync(join(at, name)));
    if (found !== undefined) return found;
    if (existsSync(join(at, ".git")) || at === dirname(at)) return null;
  }
}
