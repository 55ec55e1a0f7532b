import type { Project, Task } from "../../domain/config/config.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { reasonOf } from "../../domain/system-error.ts";
import type { Addresses } from "../../domain/ports/addresses.ts";
import { mayRefer } from "../../domain/ports/references.ts";
import type { LaunchFacts } from "../../domain/tasks/launch-facts.ts";
import { type EnvFile, readEnvFiles } from "../config/env-file.ts";
import { LaunchFactsReader } from "./facts.ts";
import { findShell } from "./find-shell.ts";
import { SessionCaller } from "./caller.ts";
import { callersFileLimit } from "../system/file-limit.ts";
import { irregularAt } from "../system/regular-file.ts";
import { unusableDirectory } from "./working-directory.ts";

/** Where and how a task's command, checks and hooks run. */
export interface Surroundings {
  /** Absolute. */
  shell: string;
  /** Absolute. */
  cwd: string;
  environment: Record<string, string>;
  /** Soft limit of open files; null: as the tmux server has it. Missing in records of 0.1.0. */
  fileLimit?: number | null;
  /** The variables whose values depend on ports: they are made again right before a launch. Missing in records of 0.1.0. */
  referring?: string[];
}

type Environment = Readonly<Record<string, string>>;

/**
 * Builds the environment of a task's processes: the caller's, then the env_files and `env` of the config, then taskmux's
 * own variables.
 */
export class LaunchEnvironment {
  readonly umask = process.umask();
  readonly #project: Project;
  readonly #addresses: () => Addresses;
  readonly #facts: LaunchFactsReader;
  readonly #caller: SessionCaller;

  /** `addresses`: those of the session's tasks, with the ports that are chosen now. */
  constructor(
    project: Project,
    addresses: () => Addresses,
    caller = SessionCaller.own(project.session),
  ) {
    this.#project = project;
    this.#addresses = addresses;
    this.#caller = caller;
    this.#facts = new LaunchFactsReader(project, addresses, () => caller.environment);
  }

  /** The environment that launches begin with. */
  get caller(): Readonly<Record<string, string>> {
    return this.#caller.environment;
  }

  /** The same for the launches of an earlier command, which had this environment. */
  ofCaller(environment: Readonly<Record<string, string>>): LaunchEnvironment {
    const caller = SessionCaller.earlier(this.#project.session, environment);
    return new LaunchEnvironment(this.#project, this.#addresses, caller);
  }

  /** Records the environment of a person who starts tasks, for launches by a coding agent's editor. The lock must be held. */
  keepCaller(): void {
    this.#caller.keep();
  }

  /** For a task; E213 if its directory is unusable, E104 if an env_file or its shell is. */
  ofTask(task: Task): Surroundings | Failure {
    return this.#ofTask(task, () => {});
  }

  /**
   * For a launch of a task, with its facts; fails like {@link ofTask}. `caller`: the environment that the config's is added
   * to, if not this process's.
   */
  ofLaunch(
    task: Task,
    caller?: Environment,
  ): (Surroundings & { facts: LaunchFacts | null }) | Failure {
    const files: EnvFile[] = [];
    const surroundings = this.#ofTask(task, (file) => files.push(file), caller);
    if (isFailure(surroundings)) return surroundings;
    return { ...surroundings, facts: this.#facts.ofLaunch(task, files, surroundings.shell) };
  }

  /** The facts of a launch that would be made now, to compare with those of a launch; null if they can't be compared. */
  factsNow(task: Task, then: LaunchFacts): LaunchFacts | null {
    return this.#facts.now(task, then);
  }

  #ofTask(
    task: Task,
    onRead: (file: EnvFile) => void,
    caller: Environment = this.#caller.environment,
  ): Surroundings | Failure {
    const { directory } = this.#project;
    const cwd = task.cwd ?? directory;
    const unusable = unusableDirectory(cwd);
    if (unusable !== null) return noDirectory(task.name, cwd, unusable);
    const top = this.#ofConfig(onRead, caller);
    if (isFailure(top)) return top;
    const fromFiles = readEnvFiles(task.env_file, { ...top, ...caller }, onRead);
    if (isFailure(fromFiles)) return fromFiles;
    const environment = { ...caller, ...top, ...fromFiles, ...task.env };
    const referring = this.#referring(task, fromFiles);
    Object.assign(environment, this.#addressed(task, referring));
    Object.assign(environment, this.#own(), { TASKMUX_TASK: task.name });
    const surroundings = this.#surroundings(task.shell, cwd, environment);
    return isFailure(surroundings) ? surroundings : { ...surroundings, referring };
  }

  /** A planned launch with the ports and URLs as they are now: a port may have been chosen since the plan was made. */
  withAddresses<P extends Surroundings & { facts: LaunchFacts | null }>(task: Task, plan: P): P {
    const addressed = this.#addressed(task, plan.referring ?? []);
    const facts = plan.facts && this.#facts.withAddresses(task, plan.facts);
    return { ...plan, facts, environment: { ...plan.environment, ...addressed } };
  }

  /** E220 if a task refers to a port for which no free one was found. */
  unresolved(task: Task): Failure | null {
    const values = Object.values({ ...this.#project.config.env, ...task.env });
    const missing = values.map((value) => this.#addresses().missingIn(value, task)).find(Boolean);
    if (!missing) return null;
    return new Failure("E220", `Task '${task.name}' refers to ${missing}, which has no port yet`);
  }

  /**
   * The variables of a task that depend on ports. `port` wins over an env_file, which several tasks may share; only `env`
   * wins over `port`.
   */
  #referring(task: Task, fromFiles: Readonly<Record<string, string>>): string[] {
    const { env } = this.#project.config;
    const own = Object.keys(task.env).filter((name) => mayRefer(task.env[name]!));
    const top = Object.keys(env).filter(
      (name) =>
        mayRefer(env[name]!) && ![task.env, fromFiles].some((one) => Object.hasOwn(one, name)),
    );
    const [isOwn, isTop] = [task.env, env].map((one) => Object.hasOwn(one, "PORT"));
    const isPortGiven = isOwn || (task.port === null && !isTop);
    return [...new Set([...top, ...own, ...(isPortGiven ? [] : ["PORT"])])];
  }

  /** The values of variables that depend on ports, and the addresses of all tasks. */
  #addressed(task: Task, referring: readonly string[]): Record<string, string> {
    const addresses = this.#addresses();
    const { env } = this.#project.config;
    const found: Record<string, string> = {};
    for (const name of referring) {
      const isOwn = Object.hasOwn(task.env, name);
      const written = isOwn ? task.env[name] : env[name];
      const port = addresses.portOf(task);
      if (written !== undefined) found[name] = addresses.expand(written, isOwn ? task : null);
      else if (name === "PORT" && port !== null) found[name] = String(port);
    }
    return { ...found, ...addresses.variables() };
  }

  /** E104 if a task's `log_file` is not a regular file, E106 if that can't be determined: its log could not be written. */
  refuseLog({ name, log_file }: Pick<Task, "name" | "log_file">): Failure | null {
    const refusal = log_file === null ? null : irregularAt(log_file);
    if (refusal === null) return null;
    return new Failure(
      refusal.code === null ? "E104" : "E106",
      `The log_file of task '${name}' can't be written: ${log_file}: ${refusal.reason}`,
      "Name a regular file, or one that doesn't exist yet.",
    );
  }

  /** E213 or E104 if the directory or the shell of a planned launch is unusable by now. */
  check(task: string, { cwd, shell }: Omit<Surroundings, "environment">): Failure | null {
    const unusable = unusableDirectory(cwd);
    if (unusable !== null) return noDirectory(task, cwd, unusable);
    return Bun.which(shell) === null ? new Failure("E104", `The shell ${shell} has gone`) : null;
  }

  /** For global hooks. */
  ofProject(): Surroundings | Failure {
    const top = this.#ofConfig();
    if (isFailure(top)) return top;
    const addresses = this.#addresses().variables();
    const environment = { ...this.#caller.environment, ...top, ...addresses, ...this.#own() };
    return this.#surroundings(null, this.#project.directory, environment);
  }

  #own(): Record<string, string> {
    const { session, checkout } = this.#project;
    return { TASKMUX_SESSION: session, TASKMUX_WORKTREE: checkout?.worktree?.id ?? "" };
  }

  #ofConfig(
    onRead?: (file: EnvFile) => void,
    caller: Environment = this.#caller.environment,
  ): Record<string, string> | Failure {
    const { config } = this.#project;
    const fromFiles = readEnvFiles(config.env_file, caller, onRead);
    if (isFailure(fromFiles)) return fromFiles;
    return { ...fromFiles, ...this.#expanded(config.env) };
  }

  /** Values of the top level with their references replaced. */
  #expanded(variables: Readonly<Record<string, string>>): Record<string, string> {
    const addresses = this.#addresses();
    const values = Object.entries(variables);
    return Object.fromEntries(values.map(([name, value]) => [name, addresses.expand(value, null)]));
  }

  #surroundings(shell: string | null, cwd: string, environment: Record<string, string>) {
    const path = findShell(shell ?? this.#project.config.shell, environment["PATH"]);
    return isFailure(path)
      ? path
      : { shell: path, cwd, environment, fileLimit: callersFileLimit() };
  }
}

const noDirectory = (task: string, cwd: string, why: string): Failure =>
  new Failure(
    "E213",
    `The cwd of task '${task}' can't be used: ${cwd}: ${why}`,
    why === reasonOf({ code: "ENOENT" }) ? "Create it, or correct `cwd`." : "Correct it, or `cwd`.",
  );
