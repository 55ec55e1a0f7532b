import type { ConfigReading, ConfigWatch } from "../adapters/config-watch.ts";
import type { ReloadJournal, Unfinished } from "../adapters/reload-journal.ts";
import type { Project } from "../domain/config.ts";
import { type Failure, isFailure, type Problem } from "../domain/failure.ts";
import { isNothing, type Reload, reloadOf } from "../domain/reload.ts";
import { applyReload } from "./apply-reload.ts";
import type { Context } from "./context.ts";

/** A config that holds, and what it was read from. */
interface Held {
  project: Project;
  text: string | null;
}

/** What a config watch touches. */
export interface ReconcileParts {
  /** The config that holds at the beginning. */
  held: Held;
  /** Tells when the config has new content. */
  watch(onChange: () => void): Pick<ConfigWatch, "end"> & { read(): Promise<ConfigReading> };
  /** A Context of its own, with a lock of its own, for each act. */
  contextFor(project: Project): Context;
  /** Is told each config that comes to hold, before anything is stopped or launched for it. */
  inForce(project: Project): void;
  /** Null: new configs are passed on and faults told, but nothing is stopped, launched or put on record. */
  journal: ReloadJournal | null;
  /** Whether another process does that. */
  hasOtherActor(): boolean;
}

/**
 * Watches a config until the signal is aborted, and makes the session what each new one says. One reload at a time: of
 * what is saved meanwhile, the newest comes next. What is under way when the signal comes is left to the next watcher.
 */
export async function reconcile(parts: ReconcileParts, signal: AbortSignal): Promise<void> {
  const reconciler = new Reconciler(parts);
  let wake = (): void => {};
  // It may have been saved since it was loaded.
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
  /** The text that was read last; undefined before the first. */
  #read: string | null | undefined;
  /** What was refused last and is not taken back yet: it is told once. */
  #refused: string | null = null;
  #unfinished: Promise<Unfinished<Project> | null>;

  constructor(private readonly parts: ReconcileParts) {
    this.#held = parts.held;
    this.#unfinished = parts.journal?.unfinished() ?? Promise.resolve(null);
  }

  /** Does what is to be done about a config that was read. */
  async look({ text, project }: ConfigReading): Promise<void> {
    if (text === this.#read) return;
    this.#read = text;
    if (isFailure(project)) return this.#refuse(`text ${text}`, project.message, allOf(project));
    const { name } = reloadOf(this.#held.project, project);
    if (name === null) return this.#take({ project, text });
    const { sentence, hint } = otherSession(name, project.configPath);
    this.#refuse(`name ${name.to}`, sentence, [hint]);
  }

  /** Says why a config doesn't come to hold. The one before goes on. */
  #refuse(what: string, error: string, more: string[]): void {
    if (this.#refused === what) return;
    this.#refused = what;
    if (this.parts.journal === null) this.#notice([error]);
    else this.#context().record({ event: "config_invalid", error });
    this.#notice(more);
  }

  async #take(next: Held): Promise<void> {
    const before = this.#held;
    const unfinished = await this.#unfinished;
    this.#unfinished = Promise.resolve(null);
    const news = reloadOf(unfinished?.to ?? before.project, next.project);
    const work = reloadOf(unfinished?.from ?? before.project, next.project);
    const hasNews = !isNothing(news);
    if (this.#refused !== null && !hasNews) this.#notice([valid(next.project)]);
    this.#refused = null;
    this.#held = hasNews ? next : { ...before, text: next.text };
    // What was left undone before stays on record, until that is done too.
    if (hasNews && unfinished === null) this.#begin(before, next);
    if (hasNews) this.#tell(next, news);
    if (this.parts.journal === null) return;
    if (!isNothing(work)) await this.#act(unfinished?.from ?? before.project, work, unfinished?.at);
    this.parts.journal.end();
  }

  #begin(before: Held, next: Held): void {
    if (before.text === null || next.text === null) return;
    const at = this.#context().now();
    this.parts.journal?.begin({ from: before.text, to: next.text, at });
  }

  #tell({ project }: Held, news: Reload): void {
    const { journal, inForce, hasOtherActor } = this.parts;
    const { added, changed, removed } = news;
    if (journal) this.#context().record({ event: "config_reloaded", added, changed, removed });
    inForce(project);
    if (journal === null && !hasOtherActor()) this.#notice(leftAlone(news));
  }

  async #act(before: Project, work: Reload, since?: number): Promise<void> {
    const { contextFor } = this.parts;
    const after = contextFor(this.#held.project);
    this.#notice(await applyReload(contextFor(before), after, work, since));
  }

  #context(): Context {
    return this.parts.contextFor(this.#held.project);
  }

  #notice(sentences: string[]): void {
    const context = this.#context();
    for (const sentence of sentences) context.onNotice?.(sentence);
  }
}

/** What the first problem of a config alone doesn't tell: the others, each with its place, and what to do. */
function allOf({ problems = [], file, hint }: Failure): string[] {
  const hintOf = (of: string | null | undefined) => (of ? [`  ${of}`] : []);
  if (problems.length < 2) return hintOf(hint);
  return problems.flatMap((problem) => [placed(problem, file), ...hintOf(problem.hint)]);
}

const placed = ({ line, column, message }: Problem, file = ""): string =>
  line === null ? `${file}: ${message}` : `${file}:${line}:${column ?? 1}: ${message}`;

function otherSession({ from, to }: { from: string; to: string }, configPath: string) {
  return {
    sentence: `${configPath}: name is '${to}' now; session '${from}' goes on under its name, with the config that it has`,
    hint: `  To move: taskmux stop --session ${from}, then taskmux start. To stay: name = "${from}"`,
  };
}

const valid = ({ configPath }: Project): string => `${configPath} is valid again`;

/** What one who only looks can't do about a new config. */
function leftAlone({ restarted, removed, added }: Reload): string[] {
  const say = (names: string[], what: string) =>
    names.length === 0 ? [] : [`${names.join(", ")}: ${what}`];
  return [
    ...say(restarted, `changed in the config; what runs is as before until: taskmux restart TASK`),
    ...say(removed, "not in the config any more, and no longer watched; what runs is left alone"),
    ...say(added, "new in the config; to start it: taskmux start TASK"),
  ];
}
