import { type Stats, statSync } from "node:fs";
import type { Project, Task } from "../../domain/config/config.ts";
import { parseDotenv } from "../../domain/config/dotenv.ts";
import { environmentLayers, type Layer } from "../../domain/config/environment-layers.ts";
import { isFailure } from "../../domain/failure.ts";
import type { Addresses } from "../../domain/ports/addresses.ts";
import { allows } from "../../domain/ports/setting.ts";
import { mayRefer } from "../../domain/ports/references.ts";
import type { EnvFileFacts, LaunchFacts } from "../../domain/tasks/launch-facts.ts";
import { canonical } from "../../domain/values/canonical.ts";
import { type EnvFile, pathOf, readEnvFile } from "../config/env-file.ts";
import { SessionSecret } from "../state/secret.ts";
import { refusedBySystem } from "../../domain/system-error.ts";
import type { Environment } from "../../domain/values/agents.ts";
import { callerEnvironment } from "../system/environment.ts";
import { runDirectory } from "../system/paths.ts";
import { findShell } from "./find-shell.ts";

/**
 * A file that was changed this long ago or less, ms, may change once more without a change of its size and times, which
 * some file systems count in steps of up to 2 s.
 */
const FRESH = 2000;

/** The hash of an env_file that can't be read: a launch now would be refused. */
const UNREADABLE = "unreadable";

/** Makes the facts of launches of a project: what its config says about them. */
export class LaunchFactsReader {
  readonly #project: Project;
  /** The files as this process read them last, by path. */
  readonly #known = new Map<string, EnvFileFacts>();
  readonly #addresses: () => Addresses;
  readonly #caller: () => Environment;
  #secret: SessionSecret | null = null;

  /** `addresses`: those of the session's tasks, with the ports that are chosen now. */
  constructor(
    project: Project,
    addresses: () => Addresses,
    caller: () => Environment = callerEnvironment,
  ) {
    this.#project = project;
    this.#addresses = addresses;
    this.#caller = caller;
  }

  /** The facts of a launch in this shell, whose env_files were read as `files`; null if the session's secret can't be written. */
  ofLaunch(task: Task, files: readonly EnvFile[], shellPath: string): LaunchFacts | null {
    const secret = this.#madeSecret();
    if (secret === null) return null;
    const read = new Map(files.map((file) => [file.path, file]));
    const facts = this.#facts(task, secret, (file) => {
      const path = pathOf(file);
      const found = read.get(path);
      return found === undefined ? absent(path) : this.#factsOf(found, secret);
    });
    return { ...facts, shellPath };
  }

  /**
   * The facts of a launch that would be made now; null if the secret of `then` is gone. A file that has the size and times
   * that it has in `then` is not read.
   */
  now(task: Task, then: LaunchFacts): LaunchFacts | null {
    const secret = this.#secretOf(then);
    if (secret === null) return null;
    const read = new Map(filesOf(then).map((file) => [file.path, file]));
    const facts = this.#facts(task, secret, (file) =>
      this.#fileNow(file, read.get(pathOf(file)), secret),
    );
    const port = this.#portNow(task, facts.port ?? then.port);
    return { ...facts, port, shellPath: shellPathNow(facts, then, this.#caller()) };
  }

  /** `port`: the chosen one; as long as none is, nothing says that a launch would get another one than the last. */
  #portNow({ name, port: setting }: Task, port: number | null): number | null {
    if (setting === null || port === null) return null;
    const { session } = this.#project;
    return allows(setting, port, { session, task: name }) ? port : null;
  }

  /** The facts of a planned launch with the ports as they are now. */
  withAddresses(task: Task, facts: LaunchFacts): LaunchFacts {
    const secret = this.#secretOf(facts);
    return secret === null ? facts : { ...facts, ...this.#addressed(task, secret) };
  }

  #secretOf({ secret: id }: LaunchFacts): SessionSecret | null {
    if (this.#secret?.id !== id)
      this.#secret = SessionSecret.read(runDirectory(this.#project.session));
    return this.#secret;
  }

  #madeSecret(): SessionSecret | null {
    try {
      return (this.#secret ??= SessionSecret.make(runDirectory(this.#project.session)));
    } catch (error) {
      // The launch itself reports what it can't write.
      if (refusedBySystem(error) === null) throw error;
      return null;
    }
  }

  #facts(
    task: Task,
    secret: SessionSecret,
    factsOf: (file: string) => EnvFileFacts,
  ): Omit<LaunchFacts, "shellPath"> {
    const { config, directory } = this.#project;
    const hashed = (layer: Layer): Layer<EnvFileFacts> =>
      "files" in layer
        ? { files: layer.files.map(factsOf) }
        : { variables: hashes(layer.variables, secret) };
    return {
      command: task.command,
      ...(task.source !== undefined && { source: task.source }),
      cwd: task.cwd ?? directory,
      shell: task.shell ?? config.shell,
      secret: secret.id,
      environment: environmentLayers(config, task).map(hashed),
      ...this.#addressed(task, secret),
    };
  }

  #addressed(task: Task, secret: SessionSecret): Pick<LaunchFacts, "port" | "referring"> {
    const addresses = this.#addresses();
    const { env } = this.#project.config;
    const values = Object.entries({ ...env, ...task.env }).filter(([, value]) => mayRefer(value));
    const found = values.filter(([, value]) => addresses.missingIn(value, task) === null);
    const expanded = found.map(([name, value]): [string, string] => {
      const owner = Object.hasOwn(task.env, name) ? task : null;
      return [name, secret.hash(addresses.expand(value, owner))];
    });
    return { port: addresses.portOf(task), referring: Object.fromEntries(expanded) };
  }

  #fileNow(file: string, then: EnvFileFacts | undefined, secret: SessionSecret): EnvFileFacts {
    const path = pathOf(file);
    const stat = statOf(path);
    const stamp = stat && stampOf(stat);
    const same = [then, this.#known.get(path)].find((known) => known?.stamp === stamp);
    if (stamp !== null && same !== undefined) return same;
    const read = readEnvFile(file);
    if (isFailure(read)) return { path, stamp: null, hash: UNREADABLE };
    return read === null ? absent(path) : this.#factsOf(read, secret);
  }

  #factsOf({ path, text, stat }: EnvFile, secret: SessionSecret): EnvFileFacts {
    const stamp = isFresh(stat) ? null : stampOf(stat);
    const known = this.#known.get(path);
    if (stamp !== null && known?.stamp === stamp) return known;
    const facts = { path, stamp, hash: hashOf(text, secret) };
    this.#known.set(path, facts);
    return facts;
  }
}

/** The shell is searched only if the config names another one. */
function shellPathNow(
  { shell }: Pick<LaunchFacts, "shell">,
  then: LaunchFacts,
  caller: Environment,
): string {
  if (shell === then.shell) return then.shellPath;
  const found = findShell(shell, caller["PATH"]);
  return isFailure(found) ? "" : found;
}

const absent = (path: string): EnvFileFacts => ({ path, stamp: null, hash: null });

const filesOf = ({ environment }: LaunchFacts): EnvFileFacts[] =>
  environment.flatMap((layer) => ("files" in layer ? layer.files : []));

const hashes = (values: Record<string, string>, secret: SessionSecret): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, secret.hash(value)]));

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

const stampOf = ({ size, mtimeMs, ctimeMs, ino }: Stats): string =>
  `${size} ${mtimeMs} ${ctimeMs} ${ino}`;

const isFresh = ({ mtimeMs, ctimeMs }: Stats): boolean =>
  Date.now() - Math.max(mtimeMs, ctimeMs) <= FRESH;

/**
 * The hash of what a dotenv file sets; null if it sets nothing. References to variables of the caller don't count as
 * changes of the file: its values are taken as if none of these were set, and as if each were.
 */
function hashOf(text: string, secret: SessionSecret): string | null {
  const parsed = [() => undefined, (name: string) => `\0${name}`].map((lookup) =>
    parseDotenv(text, lookup),
  );
  const isEmpty = parsed.every(
    ({ variables, error }) => error === null && Object.keys(variables).length === 0,
  );
  return isEmpty ? null : secret.hash(canonical(parsed));
}
