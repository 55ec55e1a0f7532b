import { lstatSync } from "node:fs";
import { LogFile } from "./file.ts";
import { LogFollower } from "./follow.ts";
import type { LogProgress } from "./segments.ts";
import { logDirectory } from "../system/paths.ts";
import { unreadableAt } from "../system/regular-file.ts";
import type { RunState } from "../state/run-state.ts";

/** The configured path of a task's log; absolute. */
interface Source {
  task: string;
  path: string;
}

/**
 * The logs that belong to a session: the files in its log directory, and each `log_file` that its log hub has
 * recorded. A config may name any file; one that isn't a log of this session is treated as missing.
 */
export class OwnLogs {
  readonly #state: RunState;
  readonly #onRead: ((bytes: number) => void) | undefined;

  /** `onRead`: called with the number of bytes of each read. */
  constructor(state: RunState, onRead?: (bytes: number) => void) {
    this.#state = state;
    this.#onRead = onRead;
  }

  isOwn({ task, path }: Source): boolean {
    if (this.#state.otherOwner() !== null) return false;
    const isInPlace = path.startsWith(`${logDirectory(this.#state.session)}/`);
    return isInPlace || this.#state.task(task).output.writtenLogs().includes(path);
  }

  open(source: Source): LogFile {
    return new LogFile(source.task, this.isOwn(source) ? source.path : null, this.#onRead);
  }

  /** The number of lines that are new to a reader with this progress. */
  countUnread(source: Source, progress: LogProgress): number {
    const file = this.open(source);
    const lines = file.lines("oldest first", file.unreadFrom(progress), file.size, null);
    const count = lines.reduce((sum) => sum + 1, 0);
    file.close();
    return count;
  }

  /** Follows the lines after `newest`, or all if it is null; begins when the file has become a log. */
  follow(source: Source, newest: LogFile["newest"]): LogFollower {
    return new LogFollower(source.task, source.path, newest, () => this.isOwn(source));
  }

  /** Why a task's log can't be shown, as a sentence; null if it can, or if there is none. */
  problem(source: Source): string | null {
    if (!this.isOwn(source)) return this.refusal(source);
    const reason = unreadableAt(source.path)?.reason;
    return reason === undefined ? null : `The log ${source.path} can't be read: ${reason}`;
  }

  /** Why a task's file isn't read, as a sentence; null if it is, or if there is none. */
  refusal(source: Source): string | null {
    if (this.isOwn(source) || !lstatSync(source.path, { throwIfNoEntry: false })) return null;
    return `${source.path} is ignored: task '${source.task}' wrote no log there`;
  }
}
