import type { Extent } from "../../adapters/sessions/leftovers.ts";
import type { Monitor } from "../../adapters/state/lease.ts";
import type { RunState } from "../../adapters/state/run-state.ts";
import type { TmuxSession } from "../../adapters/tmux/arguments.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { Leftover, Prune } from "../../domain/results/sessions.ts";
import { type Verdict, verdictOn } from "../../domain/sessions/leftovers.ts";
import type { SessionFacts } from "../../domain/sessions/session-facts.ts";
import { refusedBySystem } from "../../domain/system-error.ts";
import { growingPauses } from "../../domain/values/pauses.ts";
import type { Context } from "../context.ts";
import { hasProcesses } from "../tasks/session.ts";

/** The dependencies of `prune`. Those that read or delete files throw errors of the file system. */
export interface PruneDeps extends Pick<Context, "scan" | "monotonic" | "sleep"> {
  sessionsOnDisk(): string[];
  isUnrecorded(session: string): boolean;
  isDeleted(session: string): boolean;
  facts(session: string): SessionFacts;
  state(session: string): RunState;
  /** A process that watches the session or its config. */
  watcher(session: string): Monitor | null;
  /** The tmux session of this name, whatever made it. */
  tmuxSession(session: string): Promise<TmuxSession | null | Failure>;
  extentOf(directory: string): Extent;
  runDirectory(session: string): string;
  logDirectory(session: string): string;
  oldLogs(session: string): { size: number }[];
  deleteOldLogs(session: string): { size: number }[];
  deleteRun(session: string): void;
  /** Null: a process uses the session, or another one has deleted it. `isKnown`: it has a run directory. */
  whileUnused<T>(
    session: string,
    how: { isKnown: boolean },
    act: () => Promise<T>,
  ): Promise<T | null>;
  /** What interrupted prunes have left. */
  asides(): { session: string; path: string }[];
  finishDeleting(path: string): boolean;
  /** Called before the `number`-th of `count` sessions is looked at. */
  onSession?(session: string, number: number, count: number): void;
}

/** What is left of sessions whose project is gone: lists it, and deletes it with `apply`. */
export async function prune(apply: boolean, deps: PruneDeps): Promise<Prune> {
  const run = new PruneRun(apply, deps);
  for (const aside of deps.asides()) await run.attempt(aside.session, () => run.finish(aside));
  const sessions = deps.sessionsOnDisk();
  for (const [index, session] of sessions.entries()) {
    deps.onSession?.(session, index + 1, sessions.length);
    await run.attempt(session, () => run.session(session));
  }
  return run.result();
}

/** One call of `prune`: what it has found, deleted and left alone. */
class PruneRun {
  readonly #items: Leftover[] = [];
  readonly #warnings: string[] = [];
  readonly #failures: Failure[] = [];
  readonly #apply: boolean;
  readonly #deps: PruneDeps;

  constructor(apply: boolean, deps: PruneDeps) {
    this.#apply = apply;
    this.#deps = deps;
  }

  /** A session whose files can't be read or deleted says nothing about the others. */
  async attempt(session: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const refused = refusedBySystem(error);
      if (refused === null) throw error;
      this.#warnings.push(`session '${session}' is left alone: ${refused.message}`);
    }
  }

  async finish({ session, path }: { session: string; path: string }): Promise<void> {
    const extent = this.#deps.extentOf(path);
    const item = this.#list({ session, kind: "run", path, ...extent, reason: INTERRUPTED });
    if (!this.#apply) return;
    await this.#deleting(async () => {
      item.deleted = this.#deps.finishDeleting(path);
    });
  }

  async session(session: string): Promise<void> {
    const verdict = await this.#verdictOn(session);
    if (verdict.kind === "used") this.#warnings.push(`session '${session}' ${verdict.use}`);
    if (verdict.kind !== "left") return;
    const [run, logs] = this.#found(session, verdict.reason);
    if (!this.#apply || (run === null && logs === null)) return;
    await this.#deleting(() => this.#delete(session, run, logs));
  }

  /** What can't be deleted makes the result a failure; what can't be read is only a warning. */
  async #deleting(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const refused = refusedBySystem(error);
      if (refused !== null) this.#failures.push(refused);
      throw error;
    }
  }

  /** The items of a session: its run directory, if anything is recorded there, and its old logs, if there are any. */
  #found(session: string, reason: string): [run: Leftover | null, logs: Leftover | null] {
    const { deps, common } = { deps: this.#deps, common: { session, reason } };
    const path = deps.runDirectory(session);
    const run = deps.isDeleted(session)
      ? null
      : this.#list({ ...common, kind: "run", path, ...deps.extentOf(path) });
    const old = deps.oldLogs(session);
    if (old.length === 0) return [run, null];
    const extent = { files: old.length, bytes: sizeOf(old) };
    const logs = this.#list({
      ...common,
      kind: "logs",
      path: deps.logDirectory(session),
      ...extent,
    });
    return [run, logs];
  }

  /** Deletes what is still left once no command can change the session any more. */
  async #delete(session: string, run: Leftover | null, logs: Leftover | null): Promise<void> {
    const deps = this.#deps;
    const isKnown = run !== null;
    const verdict = await deps.whileUnused(session, { isKnown }, async () => {
      const now = await this.#verdictOn(session, true);
      if (now.kind !== "left") return now;
      if (logs !== null) logs.deleted = deps.deleteOldLogs(session).length > 0;
      deps.deleteRun(session);
      if (run !== null) run.deleted = true;
      return now;
    });
    if (verdict?.kind === "left") return;
    const why = deps.isDeleted(session) ? "another command has deleted it" : BUSY;
    this.#warnings.push(`session '${session}' is left alone: ${why}`);
  }

  #list(found: Omit<Leftover, "deleted">): Leftover {
    const item = { ...found, deleted: false };
    this.#items.push(item);
    return item;
  }

  /** `isLocked`: this process has the locks of monitors and watchers. */
  async #verdictOn(session: string, isLocked = false): Promise<Verdict> {
    const isUnrecorded = this.#deps.isUnrecorded(session);
    const { configPath, gone } = this.#deps.facts(session);
    const isLost = isUnrecorded || gone !== null;
    const use = isLost ? await useOf(session, isLocked, this.#deps) : null;
    return verdictOn({ isUnrecorded, configPath, gone, use });
  }

  result(): Prune {
    const bytes = this.#items.reduce((sum, item) => sum + item.bytes, 0);
    const common = { applied: this.#apply, items: this.#items, bytes, warnings: this.#warnings };
    const [failure] = this.#failures;
    if (failure === undefined) return { ok: true, ...common };
    return { ok: false, error: failure.message, error_code: failure.code, ...common };
  }
}

const INTERRUPTED = "an earlier prune was interrupted";
const BUSY = "another command uses it";

const sizeOf = (files: readonly { size: number }[]): number =>
  files.reduce((sum, { size }) => sum + size, 0);

/** What runs in a session, as the end of a sentence that begins with its name; null if nothing does. */
async function useOf(session: string, isLocked: boolean, deps: PruneDeps): Promise<string | null> {
  const watcher = isLocked ? null : deps.watcher(session);
  if (watcher !== null) return `is watched by pid ${watcher.pid} (${watcher.kind})`;
  const state = deps.state(session);
  if (state.knownTasks().some((task) => state.task(task).act() !== null))
    return "is used by another command";
  const found = await deps.tmuxSession(session);
  if (isFailure(found)) return `is left alone: ${found.message}`;
  if (found?.configPath === null) return "has the name of a tmux session that taskmux didn't make";
  const isRunning = found !== null || (await hasRest(state, isLocked ? 0 : ENDING, deps));
  return isRunning ? `still runs, without its config: taskmux stop --session ${session}` : null;
}

/** How long the log hub and the launchers of a session that was just stopped may take to end, ms. */
const ENDING = 1000;

/** Whether anything of a session without windows runs, also after `limit` ms. */
async function hasRest(state: RunState, limit: number, deps: PruneDeps): Promise<boolean> {
  const deadline = deps.monotonic() + limit;
  const pause = growingPauses(5, 100);
  const isThere = () =>
    ["running", "restarting"].includes(state.hub.state()) || hasProcesses(deps, state);
  while (isThere()) {
    if (deps.monotonic() >= deadline) return true;
    await deps.sleep(pause());
  }
  return false;
}
