import type { Config, Task } from "../config/config.ts";
import { expand, type Reference, written } from "./references.ts";
import { isFlexible } from "./setting.ts";

/** The ports that starts have chosen, by task. */
export type ChosenPorts = Readonly<Record<string, number>>;

/** A task with the port that it has, and with its references replaced. */
export interface AddressedTask extends Omit<Task, "port"> {
  /** Null without a port, and as long as none is chosen. */
  port: number | null;
}

/** What references stand for in a session. */
export interface Place {
  session: string;
  /** The id of the git worktree; empty outside of linked ones. */
  worktree: string;
}

const DEFAULT_URL = "http://localhost:${port}/";

/** The ports and URLs of a config's tasks. A reference to a port that isn't chosen yet stays as it is written. */
export class Addresses {
  readonly #tasks: ReadonlyMap<string, Task>;
  readonly #config: Config;
  readonly #place: Place;
  readonly #chosen: ChosenPorts;
  #variables: Readonly<Record<string, string>> | undefined;

  constructor(config: Config, place: Place, chosen: ChosenPorts) {
    this.#config = config;
    this.#place = place;
    this.#chosen = chosen;
    this.#tasks = new Map(config.tasks.map((task) => [task.name, task]));
  }

  /** The port of a task; null if it has none, or none yet. */
  portOf(task: Pick<Task, "name" | "port">): number | null {
    return typeof task.port === "string" ? chosenOf(this.#chosen, task.name) : task.port;
  }

  /** The URL of a task; null if it has none, or if it needs a port that isn't chosen yet. */
  urlOf(task: Task): string | null {
    return this.#urlOf(task, new Set());
  }

  /** The task with its port, and without references. */
  of(task: Task): AddressedTask {
    const text = (value: string | null) => value && this.expand(value, task);
    return {
      ...task,
      port: this.portOf(task),
      url: this.urlOf(task),
      health_url: text(task.health_url),
      health_tcp: text(task.health_tcp),
    };
  }

  /** A value of the config with its references replaced; `task` is null at the top level. */
  expand(value: string, task: Task | null): string {
    return expand(value, (reference) => this.#valueOf(reference, task, new Set()));
  }

  /** The first reference in a value that stands for nothing yet, as it is written; null if there is none. */
  missingIn(value: string, task: Task): string | null {
    let missing: string | null = null;
    expand(value, (reference) => {
      const known = this.#valueOf(reference, task, new Set());
      if (known === undefined) missing ??= written(reference);
      return known;
    });
    return missing;
  }

  /**
   * What each command, hook and shell of the session can read: `TASKMUX_PORT_API` and `TASKMUX_URL_API` of each task that has
   * them.
   */
  variables(): Readonly<Record<string, string>> {
    return (this.#variables ??= this.#makeVariables());
  }

  #makeVariables(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const task of this.#config.tasks) {
      const [port, url] = [this.portOf(task), this.urlOf(task)];
      if (port !== null) found[`TASKMUX_PORT_${variableName(task.name)}`] = String(port);
      if (url !== null) found[`TASKMUX_URL_${variableName(task.name)}`] = url;
    }
    return found;
  }

  /** `asked`: tasks whose URLs are being made; a URL that needs itself is refused when the config is read. */
  #urlOf(task: Task, asked: Set<string>): string | null {
    const url = urlIn(task);
    if (url === null || asked.has(task.name)) return null;
    asked.add(task.name);
    let isComplete = true;
    const expanded = expand(url, (reference) => {
      const value = this.#valueOf(reference, task, asked);
      isComplete &&= value !== undefined;
      return value;
    });
    asked.delete(task.name);
    return isComplete ? expanded : null;
  }

  #valueOf(reference: Reference, owner: Task | null, asked: Set<string>): string | undefined {
    switch (reference.kind) {
      case "session":
        return this.#place.session;
      case "worktree":
        return this.#place.worktree;
      case "task":
        return this.#partOf(this.#tasks.get(reference.task), reference.part, asked);
      case "port":
      case "url":
        return this.#partOf(owner, reference.kind, asked);
    }
  }

  #partOf(task: Task | null | undefined, part: "port" | "url", asked: Set<string>) {
    if (!task) return undefined;
    return (
      (part === "port" ? this.portOf(task)?.toString() : this.#urlOf(task, asked)) ?? undefined
    );
  }
}

/** The port that was chosen for a task; null if none was. A task may be called `constructor`. */
export const chosenOf = (chosen: ChosenPorts, task: string): number | null =>
  Object.hasOwn(chosen, task) ? chosen[task]! : null;

/** The URL as the config has it: without `url`, a task with a port has one on this machine. Records of 0.1.0 have no `url`. */
export const urlIn = (task: Pick<Task, "port" | "url">): string | null =>
  task.url ?? (task.port === null ? null : DEFAULT_URL);

/** Whether a task has a port or a URL, and thereby variables of its own. */
export const hasAddress = (task: Pick<Task, "port" | "url">): boolean => urlIn(task) !== null;

/** A task's name in the name of a variable. */
export const variableName = (task: string): string => task.toUpperCase().replace(/[^A-Z0-9]/g, "_");

/** Any port, for values that are checked before one is chosen. */
const SAMPLE = 65_535;

/** Addresses to check values with, before a session and ports are known. */
export function sampleAddresses(config: Config): Addresses {
  const chosen = config.tasks.filter(isFlexible).map(({ name }) => [name, SAMPLE] as const);
  return new Addresses(config, { session: config.name, worktree: "" }, Object.fromEntries(chosen));
}
