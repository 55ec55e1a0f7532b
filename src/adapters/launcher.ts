import { closeSync, constants, existsSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFifo } from "./libc.ts";
import { readJson, readText, replaceFile, replaceOwnFile } from "./files.ts";
import { holdWriters } from "./log-hold.ts";
import { logPipeScript } from "./log-pipe.ts";
import { makePrivateDirectory } from "./paths.ts";
import { forgetScript, type Launch, launchScript, quote } from "./launch-script.ts";
import { commandLine } from "./processes.ts";
import type { RunState } from "./run-state.ts";
import type { WindowPlan } from "./tmux-arguments.ts";
import launcherScript from "./launcher.sh" with { type: "text" };

/** What the log writer needs to know of a launch; it reads them from TASKDIR/writer.json. */
export interface LogSettings {
  log_file: string;
  /** Bytes. */
  log_max_size: number;
  log_max_files: number;
  ready_log: string | null;
}

/** How long a launcher may take to answer, ms: it does in one or two, but a machine can be busy. */
const PATIENCE = 20_000;

/** How often the record is looked at, ms. */
const FIRST_LOOK = 1;
const LONGEST_PAUSE = 16;

/** From so many windows on, the log writers' starts would hold up the tasks'. */
const MANY = 6;

const newKey = (): string => crypto.randomUUID().replaceAll("-", "");

/** The launchers in a session's panes, and how to talk to them. */
export class Launchers {
  readonly #launcherPath: string;
  readonly #pipePath: string;
  /** The script that rids a launcher of the environment that tmux gave it. */
  readonly forgetPath: string;
  #scriptsAreThere = false;

  constructor(
    private readonly state: RunState,
    /** How the log writer is run: our own executable. */
    private readonly writerCommand: string[],
  ) {
    this.#launcherPath = join(state.directory, "launcher.sh");
    this.#pipePath = join(state.directory, "log-pipe.sh");
    this.forgetPath = join(state.directory, "forget.sh");
  }

  /** Prepares a new launcher for the task, and says how its window is opened. `launch`: what it will be told first. */
  prepareWindow(task: string, log: LogSettings, launch: Launch | null): WindowPlan {
    this.#writeScripts();
    this.state.prepareTask(task);
    const directory = this.state.taskDirectory(task);
    // A launcher whose window is gone may still wait for its command: it must not hear what the new one is told.
    rmSync(join(directory, "go"), { force: true });
    makeFifo(join(directory, "go"));
    this.#writeLaunch(task, newKey(), log, launch);
    // Sourced, not executed: tmux has started a shell for it already.
    const pipe = `set -- ${inert(directory)}; . ${inert(this.#pipePath)}`;
    return { task, launcher: ["/bin/sh", this.#launcherPath, directory], pipe };
  }

  /** Prepares what the task's launcher will be told next. */
  prepareLaunch(task: string, log: LogSettings, launch: Launch): void {
    this.#writeLaunch(task, this.#key(task), log, launch);
  }

  knowsEnvironment(): boolean {
    return existsSync(this.forgetPath);
  }

  /** Makes launches forget these variables, besides those of windows that were opened before. */
  forget(names: readonly string[]): void {
    const path = join(this.state.directory, "inherited.json");
    const known = (readJson(path) as string[] | null) ?? [];
    const all = [...new Set([...known, ...names])];
    if (all.length === known.length && this.knowsEnvironment()) return;
    replaceFile(path, `${JSON.stringify(all)}\n`);
    replaceFile(this.forgetPath, forgetScript(all));
  }

  /** Keeps the log writers of many windows from starting before the tasks; call what is returned when they run. */
  holdWriters(plans: WindowPlan[]): () => void {
    if (plans.length < MANY) return () => {};
    const hold = holdWriters(this.state.directory, plans.length);
    for (const plan of plans) plan.pipe = `hold=${inert(hold.path)}; ${plan.pipe}`;
    return hold.release;
  }

  /**
   * Tells the task's launcher to run what was prepared, and returns when it runs; false if it doesn't answer. `launcher`
   * is its pid, as far as it is known: from one that is gone no answer is waited for.
   */
  launch(task: string, run: string, launcher: number | null): Promise<boolean> {
    const isOnRecord = () => this.state.isOnRecord(task, run);
    return this.#tell(task, `launch ${run} ${this.#key(task)}`, isOnRecord, launcher);
  }

  /** Returns when the task's launcher has done all that it was told before; false if it doesn't answer. */
  async settle(task: string): Promise<boolean> {
    const token = crypto.randomUUID();
    const answer = join(this.state.taskDirectory(task), "synced");
    return this.#tell(task, `sync ${token}`, () => readText(answer)?.trim() === token);
  }

  /** Whether a process is a launcher of this session. */
  isLauncher(pid: number): boolean {
    return commandLine(pid).includes(this.#launcherPath);
  }

  /** Whether there is a way to tell the task's launcher anything. */
  isReachable(task: string): boolean {
    const path = join(this.state.taskDirectory(task), "go");
    return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
  }

  /** Writes to the FIFO, and keeps this end open until there is an answer: else a message that nobody read yet is lost. */
  async #tell(
    task: string,
    message: string,
    isAnswered: () => boolean,
    launcher: number | null = null,
  ): Promise<boolean> {
    const path = join(this.state.taskDirectory(task), "go");
    const fifo = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      writeSync(fifo, `${message}\n`);
      const deadline = performance.now() + PATIENCE;
      for (let pause = FIRST_LOOK; !isAnswered(); pause = Math.min(pause * 1.4, LONGEST_PAUSE)) {
        const isGone = launcher !== null && !this.isLauncher(launcher);
        if (performance.now() > deadline || isGone) return isAnswered();
        await Bun.sleep(pause);
      }
      return true;
    } finally {
      closeSync(fifo);
    }
  }

  /** The secret in the marks of the task's window. */
  #key(task: string): string {
    const settings = readJson(join(this.state.taskDirectory(task), "writer.json"));
    return (settings as { key?: string } | null)?.key ?? newKey();
  }

  #writeLaunch(task: string, key: string, log: LogSettings, launch: Launch | null): void {
    const directory = this.state.taskDirectory(task);
    const settings = { task, key, ...log, run: launch?.run ?? "", command: launch?.command ?? "" };
    replaceOwnFile(join(directory, "writer.json"), `${JSON.stringify(settings)}\n`);
    if (launch === null) return;
    replaceOwnFile(join(directory, "launch"), launchScript(launch, directory, key));
  }

  /** A running sh reads on in the file that it has open: these are replaced, never written over. */
  #writeScripts(): void {
    if (this.#scriptsAreThere) return;
    makePrivateDirectory(this.state.directory);
    const scripts = [
      [this.#launcherPath, launcherScript],
      [this.#pipePath, logPipeScript(this.writerCommand)],
    ] as const;
    for (const [path, text] of scripts) if (readText(path) !== text) replaceFile(path, text);
    this.#scriptsAreThere = true;
  }
}

/**
 * A path as a word of a shell command that tmux expands first (`#{}`, `#()`, strftime): a character that could mean
 * something to either is written in octal, which only `printf` reads.
 */
export function inert(path: string): string {
  if (/^[A-Za-z0-9_./-]+$/.test(path)) return path;
  const octal = [...Buffer.from(path)].map((byte) => {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9_./-]/.test(character)) return character;
    return `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `"$(printf ${quote(octal.join(""))})"`;
}
