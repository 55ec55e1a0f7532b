import { isTable } from "../../domain/values/shape.ts";
import { dirname } from "node:path";
import { validSessionName, validTaskName } from "../../domain/values/names.ts";
import { isFailure } from "../../domain/failure.ts";
import { sessionOf } from "../state/project-session.ts";
import { RunTasks } from "../state/run-tasks.ts";
import { absolutePath, findConfig, readConfigText } from "./file.ts";
import { checkoutOf } from "./git-worktree.ts";

/** The parts of a task that completion needs. */
export interface NamedTask {
  name: string;
  /** Empty if it has none. */
  command: string;
  profiles: string[];
}

/**
 * The tasks of the config found from `cwd`, or of the one named, and those of `run`. Only names are read, so that an invalid config works too;
 * returns none if the file isn't TOML or can't be read.
 */
export function tasksNamedIn(cwd: string, explicit: string | null): NamedTask[] {
  const path = findConfig(cwd, explicit && absolutePath(explicit, cwd));
  const text = isFailure(path) ? path : readConfigText(path);
  if (isFailure(path) || isFailure(text)) return [];
  const config = parsed(text);
  const tasks = isTable(config["tasks"]) ? config["tasks"] : {};
  const names = Object.keys(tasks).filter(validTaskName);
  const added = addedTo(path, config).filter(({ name }) => !names.includes(name));
  const written = names.map((name) => ({
    name,
    command: commandOf(tasks[name]),
    profiles: profilesOf(tasks[name]),
  }));
  return [...written, ...added];
}

function parsed(text: string): Record<string, unknown> {
  try {
    const config: unknown = Bun.TOML.parse(text);
    return isTable(config) ? config : {};
  } catch {
    return {};
  }
}

/** The tasks that `run` has added to the session of a config. */
function addedTo(configPath: string, { name, worktrees }: Record<string, unknown>): NamedTask[] {
  const directory = dirname(configPath);
  const checkout = checkoutOf(directory);
  const worktree = worktrees === false ? null : (checkout?.worktree ?? null);
  const plain = typeof name === "string" && validSessionName(name) ? name : "taskmux";
  const session = sessionOf(plain, configPath, worktree);
  return new RunTasks({ configPath, directory, checkout, session }).tasks();
}

function commandOf(task: unknown): string {
  const command = isTable(task) ? task["command"] : task;
  return typeof command === "string" ? command : "";
}

function profilesOf(task: unknown): string[] {
  const profiles = isTable(task) ? task["profiles"] : null;
  return Array.isArray(profiles) ? profiles.filter((name) => typeof name === "string") : [];
}
