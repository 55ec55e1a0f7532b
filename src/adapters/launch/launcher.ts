import { closeSync, constants, existsSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  makeRoom,
  readJson,
  readRecord,
  readText,
  replaceFile,
  replaceOwnFile,
} from "../system/files.ts";
import { refusedBySystem } from "../../domain/system-error.ts";
import { logHubScript } from "./log-hub.ts";
import { forgetLogPipe, logPipeScript, pipeByKeeper } from "./log-pipe.ts";
import { makePrivateDirectory } from "../system/paths.ts";
import { unsetScript, type Launch, launchScript, takeTerminalScript } from "./script.ts";
import { launchFields } from "./launch-fields.ts";
import { HubGate } from "./hub-gate.ts";
import { installKeeper } from "./keeper.ts";
import { keptBy } from "./keeper-line.ts";
import { HUB_MESSAGES, HUB_SCRIPT, LOG_GAP, OUTPUT_FIFO } from "../logs/hub-files.ts";
import { type LogWriterSettings, LogWriterFiles } from "../logs/writer-files.ts";
import { NoticeWaits } from "../state/notices.ts";
import type { RunState } from "../state/run-state.ts";
import { processesDirectory } from "../system/platform.ts";
import type { WindowPlan } from "../tmux/arguments.ts";
import launcherScript from "./launcher.sh" with { type: "text" };
import { isPid } from "../processes/table.ts";
import { ensureFifo, launcherKind, replaceFifo } from "./launcher-fifo.ts";
import { inert } from "./inert-path.ts";
import { isLauncherOf, launcherBelow, launcherPath } from "./launcher-process.ts";

/** The settings that the log hub reads from TASKDIR/writer.json. */
export interface LogSettings {
  log_file: string;
  /** Bytes. */
  log_max_size: number;
  log_max_files: number;
  ready_log: string | null;
}

/** What the log says of a launch. */
type LoggedLaunch = Pick<Launch, "run" | "command">;

type WriterTraits = Pick<LogWriterSettings, "key" | "keeps_record">;

/** How long a launcher may take to answer, ms. Usually it takes one or two, but the machine may be busy. */
const ANSWER_TIMEOUT = 20_000;

const newKey = (): string => crypto.randomUUID().replaceAll("-", "");

/** The launchers in a session's panes, and how to send to them. */
export class Launchers {
  readonly #launcherPath: string;
  readonly #pipePath: string;
  /** The script that unsets the variables inherited from tmux. */
  readonly #unsetScriptPath: string;
  readonly gate: HubGate;
  #scriptsAreThere = false;
  /** The path of the keeper; null if it can't run. */
  #keeper: string | null = null;
  readonly #state: RunState;
  readonly #notices: NoticeWaits;
  /** The keys of the launches that were prepared last, by task. */
  readonly #keys = new Map<string, string>();
  /** The command line of this executable. */
  readonly #ownCommand: string[];

  constructor(state: RunState, ownCommand: string[]) {
    this.#state = state;
    this.#notices = new NoticeWaits(state.noticesDirectory);
    this.#ownCommand = ownCommand;
    this.gate = new HubGate(state.directory);
    this.#launcherPath = launcherPath(state.directory);
    this.#pipePath = join(state.directory, "log-pipe.sh");
    this.#unsetScriptPath = join(state.directory, "forget.sh");
  }

  /** Installs what launchers run before it is needed. An error of the file system is left to the launch that needs it. */
  install(): void {
    try {
      this.#writeScripts();
    } catch (error) {
      if (refusedBySystem(error) === null) throw error;
    }
  }

  /** Prepares a new launcher for the task, and returns how to open its window. `launch`: its first launch. */
  prepareWindow(task: string, log: LogSettings, launch: LoggedLaunch | null): WindowPlan {
    this.#writeScripts();
    this.#state.prepareTask(task);
    const launcher = this.#newLauncher(task);
    this.#writeSettings(task, { key: newKey(), keeps_record: true }, log, launch);
    return { task, launcher, pipe: this.#pipe(this.#state.task(task).directory) };
  }

  /** Changes how a window is opened, after a call that should have opened it: that may still do so, late. */
  renew(plan: WindowPlan): void {
    plan.launcher = this.#newLauncher(plan.task);
  }

  /** The command line of a new launcher. Old ones of the task get no more messages. */
  #newLauncher(task: string): string[] {
    const { directory } = this.#state.task(task);
    const fifo = replaceFifo(directory, this.#keeper === null ? "shell" : "keeper");
    this.#preparePipe(directory);
    return this.#keeper === null
      ? ["/bin/sh", this.#launcherPath, directory, processesDirectory, fifo]
      : keptBy(this.#keeper, ["launcher", this.#launcherPath, directory, fifo]);
  }

  /** The FIFO stays the same: a hub may have to read the rest of an earlier pipe. */
  #preparePipe(directory: string): void {
    ensureFifo(join(this.#state.directory, HUB_MESSAGES));
    ensureFifo(join(directory, OUTPUT_FIFO));
    forgetLogPipe(directory);
  }

  /** Returns how to pipe the task's pane to its log again; `since`: since when lines are missing, epoch ms. */
  prepareRepair(task: string, since: number | null): Pick<WindowPlan, "task" | "pipe"> {
    this.#writeScripts();
    const { directory } = this.#state.task(task);
    replaceFile(join(directory, LOG_GAP), `${since ?? ""}\n`);
    this.#preparePipe(directory);
    return { task, pipe: this.#pipe(directory) };
  }

  /** The shell command of a pane's pipe. A script is sourced, not executed: tmux has already started a shell for it. */
  #pipe(directory: string): string {
    const keeper = this.#keeper;
    if (keeper !== null) return `exec ${pipeByKeeper(keeper, directory).map(inert).join(" ")}`;
    return `set -- ${inert(directory)}; . ${inert(this.#pipePath)}`;
  }

  /** Prepares the next launch of the task. */
  prepareLaunch(task: string, log: LogSettings, launch: LoggedLaunch): void {
    this.#writeScripts();
    this.#writeSettings(task, this.#writer(task), log, launch);
  }

  /** Describes to the task's launcher what it runs at the next message. */
  describeLaunch(task: string, launch: Launch): void {
    const { directory } = this.#state.task(task);
    const key = this.#keyOf(task);
    const text =
      launcherKind(directory) === "keeper"
        ? launchFields(launch, key)
        : launchScript(launch, directory, key, this.#unsetScriptPath);
    replaceOwnFile(join(directory, "launch"), text, "before release");
  }

  /** Checks that a launch can be prepared and described; throws otherwise. */
  makeRoom(task: string): void {
    const { directory } = this.#state.task(task);
    const paths = [join(directory, "writer.json"), join(directory, "launch")];
    for (const path of paths) makeRoom(path);
  }

  knowsEnvironment(): boolean {
    return existsSync(this.#unsetScriptPath);
  }

  /** Adds variables that launches unset, to those of windows that were opened before. */
  forget(names: readonly string[]): void {
    const path = join(this.#state.directory, "inherited.json");
    const known = (readJson(path) as string[] | null) ?? [];
    const all = [...new Set([...known, ...names])];
    if (all.length === known.length && this.knowsEnvironment()) return;
    replaceFile(path, `${JSON.stringify(all)}\n`);
    replaceFile(this.#unsetScriptPath, unsetScript(all));
  }

  /**
   * The shell command that starts the session's log hub; null if it is running. A hub doesn't end while this process holds
   * the session's lock. If two are started, the second one ends.
   */
  startHub(): string | null {
    const state = this.#state.hub.state();
    if (state === "running" || state === "restarting") return null;
    this.#writeScripts();
    this.gate.close();
    return `set -- ${inert(this.#state.directory)}; . ${inert(join(this.#state.directory, HUB_SCRIPT))}`;
  }

  /**
   * Tells the task's launcher to run the prepared launch, and returns when it does; false if it doesn't answer. If the
   * launcher (its pid) is gone, doesn't wait for an answer.
   */
  launch(task: string, run: string, launcher: number): Promise<boolean> {
    const isOnRecord = () => this.#state.task(task).runs.isOnRecord(run);
    const message = `launch ${run} ${this.#keyOf(task)}`;
    return this.gate.during(() => this.#tell(task, message, isOnRecord, launcher));
  }

  /**
   * Returns when the task's launcher has read all earlier messages, and so recorded or skipped the launch of `run`; false if it
   * doesn't answer. A launcher whose command runs reads nothing more.
   */
  async settle(task: string, run: string): Promise<boolean> {
    const token = crypto.randomUUID();
    const answer = join(this.#state.task(task).directory, "synced");
    const isSettled = () =>
      readRecord(answer)?.trim() === token || this.#state.task(task).runs.isOnRecord(run);
    return this.#tell(task, `sync ${token}`, isSettled);
  }

  /** Whether a process is a launcher of this session, or the keeper of one. */
  isLauncher(pid: number): boolean {
    return isLauncherOf(this.#state.directory, pid);
  }

  /** The pid of the launcher in a task's pane whose process is `pid`; null if it has ended. */
  launcherBelow(pid: number): number | null {
    return launcherBelow(pid);
  }

  /** Whether messages can be sent to the task's launcher. */
  isReachable(task: string): boolean {
    const path = join(this.#state.task(task).directory, "go");
    return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
  }

  /** Writes to the FIFO, and keeps it open until the answer: otherwise an unread message would be lost. */
  async #tell(
    task: string,
    message: string,
    isAnswered: () => boolean,
    launcher: number | null = null,
  ): Promise<boolean> {
    const path = join(this.#state.task(task).directory, "go");
    const fifo = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      const deadline = performance.now() + ANSWER_TIMEOUT;
      // The process of a new window may not have become the launcher yet; and `ps` is too slow for each check.
      const isLate = () => performance.now() > deadline || (launcher !== null && !isPid(launcher));
      const send = () => void writeSync(fifo, `${message}\n`);
      await this.#notices.until(task, send, () => isAnswered() || isLate());
      return isAnswered();
    } finally {
      closeSync(fifo);
    }
  }

  /** The secret key of the marks in the task's window, and whether what is written is recorded; 0.1.0 doesn't. */
  #writer(task: string): WriterTraits {
    const settings = new LogWriterFiles(this.#state.task(task).directory).settings();
    return settings ?? { key: newKey(), keeps_record: true };
  }

  /** The key of the prepared launch. */
  #keyOf(task: string): string {
    return this.#keys.get(task) ?? this.#writer(task).key;
  }

  #writeSettings(
    task: string,
    { key, keeps_record }: WriterTraits,
    log: LogSettings,
    launch: LoggedLaunch | null,
  ): void {
    const { directory } = this.#state.task(task);
    const files = new LogWriterFiles(directory);
    const before = files.settings();
    if (before !== null && before.keeps_record !== true) files.recordWritten(before.log_file);
    const settings = {
      task,
      key,
      ...log,
      keeps_record,
      run: launch?.run ?? "",
      command: launch?.command ?? "",
    };
    const text = `${JSON.stringify(settings)}\n`;
    replaceOwnFile(join(directory, "writer.json"), text, "before release");
    this.#keys.set(task, key);
  }

  /** The scripts are replaced, never overwritten: a running sh still reads from the file that it has open. */
  #writeScripts(): void {
    if (this.#scriptsAreThere) return;
    makePrivateDirectory(this.#state.directory);
    this.#keeper = installKeeper(this.#state.directory);
    const scripts = [
      [this.#launcherPath, launcherScript],
      [this.#pipePath, logPipeScript()],
      [join(this.#state.directory, HUB_SCRIPT), logHubScript([...this.#ownCommand, "__log-hub"])],
      [join(this.#state.directory, "take-terminal.sh"), takeTerminalScript(this.#ownCommand)],
    ] as const;
    for (const [path, text] of scripts) if (readText(path) !== text) replaceFile(path, text);
    this.#scriptsAreThere = true;
  }
}
