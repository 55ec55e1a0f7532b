import { closeSync, constants, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../domain/config/config.ts";
import type { Act } from "../../domain/tasks/lifecycle.ts";
import { openOwn, readJson, removeUnfinished, replaceOwnFile } from "../system/files.ts";
import { makePrivateDirectory, runDirectory } from "../system/paths.ts";
import type { TmuxServer } from "../tmux/arguments.ts";
import { type RecordedServer, withProcessStart } from "../tmux/server.ts";
import { actOfSelf } from "./acts.ts";
import type { ActRecord } from "./records.ts";
import { SessionHub } from "./session-hub.ts";
import { type RecordReader, SessionOwner } from "./session-owner.ts";
import { TaskFiles } from "./task-files.ts";

/** What in a run directory belongs to an owner. */
const RECORDS = ["tasks", "server.json", "reload.json", "ports.json", "run-tasks.json", "noted"];

/** Of several processes, one creates the file. */
const NEW = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

/** The run directory of a session: all state that several processes share. Small files, replaced atomically. */
export class RunState {
  readonly #owner: SessionOwner;
  readonly #reader: RecordReader | null;
  readonly #tasks = new Map<string, TaskFiles>();
  readonly hub: SessionHub;

  /**
   * `reader`: the config that reads. Records that belong to another config are ignored, as if there were none. Null
   * reads the records of any config.
   */
  constructor(
    readonly session: string,
    readonly directory = runDirectory(session),
    reader: RecordReader | null = null,
  ) {
    this.#owner = new SessionOwner(directory);
    this.#reader = reader;
    this.hub = new SessionHub(directory, () => this.otherOwner() !== null);
  }

  /** The config that owns the records, if it is another one; absolute path. */
  otherOwner(): string | null {
    if (this.#reader === null || this.#owner.isOf(this.#reader)) return null;
    return this.#owner.configPath;
  }

  /** The records as their owner reads them. */
  asOwner(): RunState {
    return new RunState(this.session, this.directory);
  }

  /**
   * Makes a project the owner of the records; the session's lock must be held. Records of another owner are removed, unless
   * an older taskmux without owners has written them since (`isOwn`). Temporary files of commands that were killed while
   * writing are removed.
   */
  claim(project: Project, isOwn: boolean): void {
    const isAnothers = this.otherOwner() !== null;
    if (isAnothers && !isOwn) {
      for (const name of RECORDS)
        rmSync(join(this.directory, name), { recursive: true, force: true });
    }
    removeUnfinished(this.directory);
    if (project.isRecorded) return;
    try {
      this.#owner.set(project);
    } catch (error) {
      // A full disk is no reason not to stop what this project owns already.
      if (isAnothers) throw error;
    }
  }

  /** The prefix of all run ids of this session. Differs between home directories, so that marks of other users never match. */
  get scope(): string {
    return Bun.hash(this.directory).toString(36);
  }

  /** The records of a task. Both names are validated, so their paths stay within `run`. */
  task(name: string): TaskFiles {
    const known = this.#tasks.get(name);
    if (known !== undefined) return known;
    const directory = `${this.directory}/tasks/${name}`;
    const files = new TaskFiles(
      directory,
      join(this.directory, "launcher.sh"),
      () => this.otherOwner() !== null,
      this.hub,
    );
    this.#tasks.set(name, files);
    return files;
  }

  /** The directory in which a launcher writes a file named like its task when a process starts or ends. */
  get noticesDirectory(): string {
    return join(this.directory, "news");
  }

  /** Makes the directories that a launcher writes to. */
  prepareTask(name: string): void {
    this.task(name).prepare();
    makePrivateDirectory(this.noticesDirectory);
  }

  /** All tasks ever launched in this session, including those removed from the config. */
  knownTasks(): string[] {
    if (this.otherOwner() !== null) return [];
    try {
      return readdirSync(join(this.directory, "tasks"));
    } catch {
      return [];
    }
  }

  /** Makes the record of an act by this process. */
  act(kind: Act): ActRecord {
    return actOfSelf(kind);
  }

  /** Whether people are to be told now that nothing is restarted: once in the life of the tmux session. */
  noteOnce(): boolean {
    try {
      closeSync(openOwn(join(this.directory, "noted"), NEW));
      return true;
    } catch {
      return false;
    }
  }

  /** There is a new tmux session. */
  forgetNote(): void {
    rmSync(join(this.directory, "noted"), { force: true });
  }

  /** The tmux server that the session was last found on. */
  server(): RecordedServer | null {
    if (this.otherOwner() !== null) return null;
    return readJson(join(this.directory, "server.json")) as RecordedServer | null;
  }

  recordServer(server: TmuxServer): void {
    const record = withProcessStart(server);
    replaceOwnFile(join(this.directory, "server.json"), `${JSON.stringify(record)}\n`);
  }
}
