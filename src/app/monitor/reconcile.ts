import type { ConfigReading, ConfigWatch } from "../../adapters/config/watch.ts";
import type { ReloadJournal, Unfinished } from "../../adapters/config/reload-journal.ts";
import type { Project } from "../../domain/config/config.ts";
import { type Failure, isFailure, type Problem } from "../../domain/failure.ts";
import { isNothing, type Reload, reloadOf } from "../../domain/config/reload.ts";
import { canonical } from "../../domain/values/canonical.ts";
import { applyReload } from "./apply-reload.ts";
import type { Context } from "../context.ts";

/** A config in effect, and the text it was read from. */
interface Held {
  project: Project;
  text: string | null;
}

/** The dependencies of a config watch. */
export interface ReconcileParts {
  /** The config in effect at the start. */
  held: Held;
  /** Calls back when the config, or the record of `run`, has new content. */
  watch(onChange: () => void): Pick<ConfigWatch, "end"> & { read(): Promise<ConfigReading> };
  /** Creates a Context with a lock of its own, for each act. */
  contextFor(project: Project): Context;
  /** Called with each config that takes effect, before anything is stopped or launched for it. */
  onConfigApplied(project: Project): void;
  /** Null: new configs and errors are only reported; nothing is stopped, launched or recorded. */
  journal: ReloadJournal | null;
  /** Names or globs: of the new tasks, those of these profiles are started, and those without one. */
  profiles: readonly string[];
  /** The project with the tasks of `run` that are on record now. */
  withRunTasks(project: Project): Project;
  /** Whether another process applies changes. */
  hasOtherActor(): boolean;
}

/**
 * Watches a config until the signal is aborted, and applies each new version to the session. One reload at a time: of
 * several saves during a reload, only the newest is applied. A reload in progress at the abort is left to the next watcher.
 */
export async function reconcile(parts: ReconcileParts, signal: AbortSignal): Promise<void> {
  const reconciler = new Reconciler(parts);
  let wake = (): void => {};
  // The config may have been saved since it was loaded.
  let isDue = true;
  const watch = parts.watch(() => {
    isDue = true;
    wake();
  });
  const look = async () => reconciler.look(await watch.read());
  const ended = new Promise<void>((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  while (!signal.aborted) {
    const change = new Promise<void>((resolve) => (wake = resolve));
    const next = isDue ? look() : change;
    isDue = false;
    await Promise.race([next, ended]);
  }
  watch.end();
}

class Reconciler {
  #held: Held;
  /** The text read last; undefined before the first. */
  #read: string | null | undefined;
  /** The last refused config, until a valid one: each is reported once. */
  #refused: string | null = null;
  #unfinished: Promise<Unfinished<Project> | null>;
  readonly #parts: ReconcileParts;

  constructor(parts: ReconcileParts) {
    this.#parts = parts;
    this.#held = parts.held;
    this.#unfinished = parts.journal?.unfinished() ?? Promise.resolve(null);
  }

  /** Handles a config that was read, and the tasks of `run`, which don't depend on it. */
  async look(reading: ConfigReading): Promise<void> {
    if (reading.text !== this.#read) await this.#lookAt(reading);
    const { project } = this.#held;
    const now = this.#parts.withRunTasks(project);
    if (canonical(project.config.tasks) === canonical(now.config.tasks)) return;
    this.#held = { ...this.#held, project: now };
    this.#parts.onConfigApplied(now);
  }

  async #lookAt({ text, project }: ConfigReading): Promise<void> {
    this.#read = text;
    if (isFailure(project)) return this.#refuse(`text ${text}`, project.message, allOf(project));
    const { name } = reloadOf(this.#held.project, project);
    if (name === null) return this.#take({ project, text });
    const { sentence, hint } = otherSession(name, project.configPath);
    this.#refuse(`name ${name.to}`, sentence, [hint]);
  }

  /** Reports why a config isn't applied. The previous one stays in effect. */
  #refuse(what: string, error: string, more: string[]): void {
    if (this.#refused === what) return;
    this.#refused = what;
    if (this.#parts.journal === null) this.#notice([error]);
    else this.#context().record({ event: "config_invalid", error });
    this.#notice(more);
  }

  async #take(next: Held): Promise<void> {
    const before = this.#held;
    const unfinished = await this.#unfinished;
    this.#unfinished = Promise.resolve(null);
    const changes = reloadOf(unfinished?.to ?? before.project, next.project);
    const work = reloadOf(unfinished?.from ?? before.project, next.project);
    const hasChanges = !isNothing(changes);
    if (this.#refused !== null && !hasChanges) this.#notice([valid(next.project)]);
    this.#refused = null;
    this.#held = hasChanges ? next : { ...before, text: next.text };
    // An unfinished earlier reload stays recorded until it is finished too.
    if (hasChanges && unfinished === null) this.#begin(before, next);
    if (hasChanges) this.#tell(next, changes);
    if (this.#parts.journal === null) return;
    if (!isNothing(work)) await this.#act(unfinished?.from ?? before.project, work, unfinished?.at);
    this.#parts.journal.end();
  }

  #begin(before: Held, next: Held): void {
    if (before.text === null || next.text === null) return;
    const at = this.#context().now();
    this.#parts.journal?.begin({ from: before.text, to: next.text, at });
  }

  #tell({ project }: Held, changes: Reload): void {
    const { journal, onConfigApplied, hasOtherActor } = this.#parts;
    const { added, changed, removed } = changes;
    if (journal) this.#context().record({ event: "config_reloaded", added, changed, removed });
    onConfigApplied(project);
    if (journal === null && !hasOtherActor()) this.#notice(leftAlone(changes));
  }

  async #act(before: Project, work: Reload, since?: number): Promise<void> {
    const { contextFor, profiles } = this.#parts;
    const after = contextFor(this.#held.project);
    this.#notice(await applyReload(contextFor(before), after, work, profiles, since));
  }

  #context(): Context {
    return this.#parts.contextFor(this.#held.project);
  }

  #notice(sentences: string[]): void {
    const context = this.#context();
    for (const sentence of sentences) context.onNotice?.(sentence);
  }
}

/** The problems after the first one, each with its place, and the hint. */
function allOf({ problems = [], file, hint }: Failure): string[] {
  const hintOf = (of: string | null | undefined) => (of ? [`  ${of}`] : []);
  if (problems.length < 2) return hintOf(hint);
  return problems.flatMap((problem) => [placed(problem, file), ...hintOf(problem.hint)]);
}

const placed = ({ line, column, message }: Problem, file = ""): string =>
  line === null ? `${file}: ${message}` : `${file}:${line}:${column ?? 1}: ${message}`;

function otherSession({ from, to }: { from: string; to: string }, configPath: string) {
  return {
    sentence: `${configPath}: name changed to '${to}'; session '${from}' keeps its name and its current config`,
    hint: `  To rename: taskmux stop --session ${from}, then taskmux start. To keep it: name = "${from}"`,
  };
}

const valid = ({ configPath }: Project): string => `${configPath} is valid again`;

/** What a process that only watches reports about a new config. */
function leftAlone({ restarted, removed, added }: Reload): string[] {
  const say = (names: string[], what: string) =>
    names.length === 0 ? [] : [`${names.join(", ")}: ${what}`];
  return [
    ...say(restarted, `changed in the config; to apply: taskmux restart TASK`),
    ...say(removed, "removed from the config and no longer watched; its processes keep running"),
    ...say(added, "added to the config; to start it: taskmux start TASK"),
  ];
}
