import { lstatSync, readdirSync, type Stats, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../domain/failure.ts";
import { readText } from "./files.ts";
import { quote } from "../../domain/values/shell-word.ts";

const ROOT = 0;

/** Whether a file belongs to another user than this one or root. */
export const isStrangers = ({ uid }: Stats): boolean => uid !== process.geteuid?.() && uid !== ROOT;

/** `logs` is not checked: nothing there is trusted or executed, and who may read it is up to the user. */
const LOGS = "logs";

/** `run/SESSION/tasks/TASK/FILE`. */
const MOST_DEPTH = 5;

/** Write permission for group and others. */
const OTHERS_WRITE = 0o022;

/**
 * E106 if anything in `~/.taskmux`, at any depth, belongs to another user or is writable for one: taskmux trusts the files
 * there and runs scripts from it. `home` is closed to others by now, but may have been open before. While it stays closed,
 * others can't add anything, so one audit is enough: `checked` in it records the state of the directory (its inode and
 * change time) at the last successful audit.
 */
export function auditState(home: string): Failure | null {
  const record = join(home, "checked");
  if (isChecked(home, record)) return null;
  const audit = new Audit();
  audit.directory(home, true, MOST_DEPTH);
  // A link's target elsewhere isn't protected by `home`.
  if (audit.found === null && !audit.hasLinks) recordChecked(home, record);
  return audit.found;
}

function isChecked(home: string, record: string): boolean {
  const stat = lstatSync(record, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.uid !== process.geteuid?.()) return false;
  return (stat.mode & OTHERS_WRITE) === 0 && readText(record) === stateOf(home);
}

/** Creating the file changes the directory, so the file is created first. */
function recordChecked(home: string, record: string): void {
  try {
    writeFileSync(record, "", { mode: 0o600 });
    writeFileSync(record, stateOf(home));
  } catch {
    // On a full disk, the next command audits again.
  }
}

function stateOf(home: string): string {
  const { ino, ctimeNs } = statSync(home, { bigint: true });
  return `${ino} ${ctimeNs}\n`;
}

class Audit {
  found: Failure | null = null;
  /** One of the user's own links leads elsewhere. */
  hasLinks = false;

  directory(path: string, isBelieved: boolean, depth: number): void {
    for (const name of namesIn(path)) {
      if (this.found === null) this.#entry(`${path}/${name}`, isBelieved && name !== LOGS, depth);
    }
  }

  #entry(path: string, isBelieved: boolean, depth: number): void {
    const own = lstatSync(path, { throwIfNoEntry: false });
    const target = own?.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : own;
    const owned = [own, target].filter((stat) => stat !== undefined);
    if (owned.some(isStrangers)) this.found = strangers(path);
    else if (isBelieved && target && (target.mode & OTHERS_WRITE) !== 0) this.found = open(path);
    else if (target?.isDirectory() && depth > 0) {
      this.hasLinks ||= own !== target;
      this.directory(path, isBelieved, depth - 1);
    }
  }
}

const strangers = (path: string): Failure =>
  new Failure("E106", `${path} belongs to another user`, "Inspect it, then remove it.");

const open = (path: string): Failure =>
  new Failure(
    "E106",
    `${path} is writable for other users`,
    `Inspect it, then remove the permission: chmod go-w ${quote(path)}`,
  );

/** Another command may be removing a task's files. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
