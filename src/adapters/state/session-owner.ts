import { join, relative } from "node:path";
import type { Checkout, Config, Project, Worktree } from "../../domain/config/config.ts";
import { configOfFile } from "../../domain/config/run-task.ts";
import { type ConfigIdentity, isConfigOf } from "../../domain/config/identity.ts";
import { linkedWorktreeAt, worktreeIdentity } from "../config/git-worktree.ts";
import { fileAt, readJson, readText, replaceFile } from "../system/files.ts";
import { makePrivateDirectory } from "../system/paths.ts";
import { type OwnerRecord, ownerRecordIn } from "./owner-record.ts";

/** A project that reads a session's records. */
export type RecordReader = ConfigIdentity & Pick<Project, "checkout">;

/**
 * The owner of a session's records: `project.json` in the run directory names the config of the last command. 0.1.0 wrote
 * no such file.
 */
export class SessionOwner {
  readonly #path: string;
  #read: { file: string | null; record: OwnerRecord | null } = { file: null, record: null };

  #isFresh = false;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.#path = join(directory, "project.json");
  }

  /** Absolute path of the owner's config; null if unknown. */
  get configPath(): string | null {
    return this.#record()?.config_path ?? null;
  }

  /** The owner's config as recorded, without the tasks of `run`; null if unknown. */
  get config(): Config | null {
    return this.#record()?.config ?? null;
  }

  /** Where the owner's config lies, or lay, in a git repository; null if unknown, or in none. */
  get checkout(): Checkout | null {
    return this.#record()?.checkout ?? null;
  }

  /** The former paths of the owner's config. */
  get formerPaths(): readonly string[] {
    return this.#record()?.former_paths ?? [];
  }

  /** The other paths of this project's config in records and marks of the session: its worktree was moved. */
  formerPathsOf(project: RecordReader): string[] {
    const record = this.#record();
    if (record === null) return [];
    const { config_path, former_paths = [] } = record;
    if (config_path === project.configPath) return former_paths;
    return wasMoved(record, project) ? [...former_paths, config_path] : [];
  }

  /** Whether a project is the owner, for all that is known. */
  isOf(project: RecordReader): boolean {
    const { configPath } = this;
    if (configPath === null || isConfigOf(project, configPath)) return true;
    // A process that runs since before its worktree was moved knows only the former path.
    return this.formerPaths.includes(project.configPath) && isSameWorktree(this, project);
  }

  /** Makes a project the owner. Throws errors of the file system. The session's lock must be held. */
  set(project: Project): void {
    const record = this.#recordOf(project);
    const text = `${JSON.stringify(record)}\n`;
    if (readText(this.#path) === text) return;
    this.#isFresh = false;
    makePrivateDirectory(this.#directory);
    // Replaced, never overwritten: a reader must not see an incomplete record.
    replaceFile(this.#path, text);
  }

  #recordOf(project: Project): OwnerRecord {
    const { configPath, checkout = null } = project;
    const config = configOfFile(project.config);
    const worktree = checkout?.worktree ?? null;
    const worktree_identity = worktree && worktreeIdentity(worktree);
    const next: OwnerRecord = { config_path: configPath, config, checkout, worktree_identity };
    const before = this.#record();
    if (before === null || !this.isOf(project)) return next;
    const { config_path, former_paths = [] } = before;
    const isOutdated = former_paths.includes(configPath) && worktree && !isInPlace(worktree);
    if (isOutdated) return before;
    const former = [...new Set([...former_paths, config_path])].filter(
      (path) => path !== configPath,
    );
    return former.length === 0 ? next : { ...next, former_paths: former };
  }

  /**
   * Reads the record. Since every reading of a task asks for it, the file is checked once per tick, and parsed if it has
   * changed.
   */
  #record(): OwnerRecord | null {
    if (this.#isFresh) return this.#read.record;
    this.#isFresh = true;
    queueMicrotask(() => (this.#isFresh = false));
    const file = fileAt(this.#path);
    if (file !== this.#read.file) {
      this.#read = { file, record: ownerRecordIn(readJson(this.#path)) };
    }
    return this.#read.record;
  }
}

/** Whether a project's worktree is the one of the record, at another path. */
function wasMoved(record: OwnerRecord, project: RecordReader): boolean {
  const [before, now] = [record.checkout?.worktree, project.checkout?.worktree];
  if (!before || !now || !isSameWorktree(record, project)) return false;
  const place = relative(before.top, record.config_path);
  if (place !== relative(now.top, project.configPath)) return false;
  // A copy of the worktree's directory is not the worktree as long as that is in its place.
  return !isInPlace(before) && record.worktree_identity === worktreeIdentity(now);
}

type InGit = Pick<Project, "checkout">;

/** By git's directory for it, which stays where it is when the worktree is moved. */
const isSameWorktree = ({ checkout: one }: InGit, { checkout: other }: InGit): boolean =>
  one?.worktree?.gitDirectory === other?.worktree?.gitDirectory;

const isInPlace = ({ top, gitDirectory }: Worktree): boolean =>
  linkedWorktreeAt(top)?.gitDirectory === gitDirectory;
