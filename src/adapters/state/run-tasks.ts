import { join, relative, resolve } from "node:path";
import type { Config, Project, Task } from "../../domain/config/config.ts";
import { taskShape } from "../../domain/config/defaults.ts";
import {
  loadRunTask,
  withRunTasks as withTasks,
  type WrittenRunTask,
} from "../../domain/config/run-task.ts";
import { validTaskName } from "../../domain/values/names.ts";
import { isTable, violationsOf } from "../../domain/values/shape.ts";
import { parseJson, readRare, replaceFile } from "../system/files.ts";
import { makePrivateDirectory, runDirectory } from "../system/paths.ts";
import { RunState } from "./run-state.ts";
import type { RecordReader } from "./session-owner.ts";

/** A task in the record. `at`: when `taskmux run` was last called for it, epoch ms. */
interface RecordedTask {
  name: string;
  at: number;
  /** A `cwd` within the config's directory is relative to it: a worktree may be moved. */
  task: WrittenRunTask;
}

/** How long a task is kept after its end, ms, for `logs` and `why`. */
const KEPT = 24 * 60 * 60 * 1000;

/** What reads or writes the tasks of `run` of a session. */
type Reader = RecordReader & Pick<Project, "session" | "directory">;

/** The file with the tasks of `run` of a session. */
export const runTasksPath = (session: string): string =>
  join(runDirectory(session), "run-tasks.json");

/** The tasks that `taskmux run` has added to a session: `run-tasks.json` in its run directory. */
export class RunTasks {
  readonly #project: Reader;
  readonly #state: RunState;

  constructor(project: Reader, state = stateOf(project)) {
    this.#project = project;
    this.#state = state;
  }

  /** The tasks that run, or ended less than a day ago; none if the records belong to another config. */
  tasks(): Task[] {
    return this.#kept().map(({ name, task }) => this.#load(name, task));
  }

  /** Records a task, in the place of an earlier one of its name. The session's lock must be held. */
  keep(task: Task): void {
    const others = this.#kept().filter(({ name }) => name !== task.name);
    this.#write([...others, { name: task.name, at: Date.now(), task: this.#written(task) }]);
  }

  /** Forgets tasks. The session's lock must be held. */
  drop(names: readonly string[]): void {
    const kept = this.#kept();
    const rest = kept.filter(({ name }) => !names.includes(name));
    if (rest.length < kept.length) this.#write(rest);
  }

  #kept(): RecordedTask[] {
    const text = readRare(runTasksPath(this.#project.session));
    if (text === null || this.#state.otherOwner() !== null) return [];
    return parse(text).filter((recorded) => this.#isKept(recorded));
  }

  #isKept({ name, at }: RecordedTask): boolean {
    const isRecent = (time: number) => Date.now() - time < KEPT;
    if (isRecent(at)) return true;
    const { memory, process } = this.#state.task(name).readRun();
    if (process.kind === "ended")
      return isRecent("at" in process.end ? process.end.at : (memory.launchedAt ?? 0));
    return process.kind !== "none";
  }

  #load(name: string, { cwd, ...written }: WrittenRunTask): Task {
    const { directory } = this.#project;
    const place = cwd === undefined ? {} : { cwd: resolve(directory, cwd) };
    return loadRunTask(name, { ...written, ...place });
  }

  #written({ command, cwd, port, env, ready_log }: Task): WrittenRunTask {
    return {
      command,
      ...(cwd !== null && { cwd: within(cwd, this.#project.directory) }),
      ...(port !== null && { port }),
      ...(ready_log !== null && { ready_log }),
      env,
    };
  }

  #write(tasks: RecordedTask[]): void {
    const { session } = this.#project;
    makePrivateDirectory(runDirectory(session));
    replaceFile(runTasksPath(session), `${JSON.stringify({ tasks })}\n`);
  }
}

/** A project with the tasks that `run` has added to its session. */
export function withRunTasks<P extends Reader & { config: Config }>(project: P): P {
  return { ...project, config: withTasks(project.config, new RunTasks(project).tasks()) };
}

const stateOf = (project: Reader): RunState =>
  new RunState(project.session, runDirectory(project.session), project);

function parse(text: string): RecordedTask[] {
  const value = parseJson(text);
  const tasks = isTable(value) && Array.isArray(value["tasks"]) ? value["tasks"] : [];
  return tasks.filter(isRecorded);
}

const isRecorded = (value: unknown): value is RecordedTask =>
  isTable(value) &&
  typeof value["name"] === "string" &&
  validTaskName(value["name"]) &&
  typeof value["at"] === "number" &&
  violationsOf(taskShape(), value["task"]).length === 0;

/** A path as it is written: relative if it is in the directory, and so that nothing in it is replaced. */
function within(path: string, directory: string): string {
  const place = relative(directory, path);
  return place.startsWith("..") || place.startsWith("/") ? path : `./${place}`;
}
