import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";

export interface LogOutputSettings {
  /** Absolute. */
  path: string;
  /** Bytes; the file is rotated before it would grow beyond. */
  maxSize: number;
  /** Rotated files to keep. */
  maxFiles: number;
  /** A file of ours in a directory of ours: a symbolic link there was planted, and isn't followed. */
  isOurs: boolean;
}

const lineFeed = 10;

/** The file at the end of a task's log: appends whole lines, rotates, and goes on in a new file if this one is taken away. */
export class LogOutput {
  private descriptor = -1;
  private inode = -1;
  private device = -1;
  private size = 0;

  constructor(readonly settings: LogOutputSettings) {}

  /**
   * Appends lines; `bytes` ends with a line feed. Returns the number of bytes written, always whole lines; throws what
   * the file system throws once nothing more can be written.
   */
  append(bytes: Uint8Array): number {
    let done = 0;
    try {
      while (done < bytes.length) done += this.appendSome(bytes, done);
    } catch (error) {
      if (done === 0) throw error;
    }
    return done;
  }

  /** As many lines as go into one file; 0 where it had to be rotated. */
  private appendSome(bytes: Uint8Array, start: number): number {
    this.open();
    const end = this.endOfFit(bytes, start);
    if (end > start) return this.write(bytes.subarray(start, end));
    this.rotate();
    return 0;
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
  }

  /** Once before each write: one stat tells of rotation, removal and `logs-clean`, and the size to go on from. */
  private open(): void {
    const { path } = this.settings;
    const found = statSync(path, { throwIfNoEntry: false });
    const isSame = found?.ino === this.inode && found.dev === this.device;
    if (this.descriptor >= 0 && isSame) {
      this.size = found.size;
      return;
    }
    this.close();
    const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
    const flags = O_WRONLY | O_APPEND | O_CREAT | (this.settings.isOurs ? O_NOFOLLOW : 0);
    if (found === undefined) this.makeDirectory();
    this.descriptor = openSync(path, flags, 0o600);
    const opened = fstatSync(this.descriptor);
    this.inode = opened.ino;
    this.device = opened.dev;
    this.size = opened.size;
  }

  private makeDirectory(): void {
    const { path, isOurs } = this.settings;
    const directory = path.slice(0, path.lastIndexOf("/"));
    if (directory !== "")
      mkdirSync(directory, isOurs ? { recursive: true, mode: 0o700 } : { recursive: true });
  }

  /** Where the lines end that still fit in this file; a line that is too long for any file gets one to itself. */
  private endOfFit(bytes: Uint8Array, start: number): number {
    const room = this.settings.maxSize - this.size;
    if (bytes.length - start <= room) return bytes.length;
    const end = room > 0 ? bytes.lastIndexOf(lineFeed, start + room - 1) + 1 : 0;
    if (end > start) return end;
    return this.size === 0 ? bytes.indexOf(lineFeed, start) + 1 : start;
  }

  /** All of it, or the whole lines before the disk was full: the torn one is taken back. */
  private write(lines: Uint8Array): number {
    let done = 0;
    try {
      while (done < lines.length) {
        done += writeSync(this.descriptor, lines, done);
      }
    } catch (error) {
      const whole = done === 0 ? 0 : lines.lastIndexOf(lineFeed, done - 1) + 1;
      if (done > whole) this.takeBack(done - whole);
      if (whole === 0) throw error;
      done = whole;
    }
    this.size += done;
    return done;
  }

  private takeBack(bytes: number): void {
    try {
      ftruncateSync(this.descriptor, fstatSync(this.descriptor).size - bytes);
    } catch {
      // The torn line stays; the rest of it is written again in full after it.
    }
  }

  private rotate(): void {
    const { path, maxFiles } = this.settings;
    for (const number of rotatedNumbers(path).toReversed()) {
      if (number >= maxFiles) rmSync(`${path}.${number}`, { force: true });
      else renameIfThere(`${path}.${number}`, `${path}.${number + 1}`);
    }
    if (maxFiles > 0) renameIfThere(path, `${path}.1`);
    else rmSync(path, { force: true });
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** The numbers of a log's rotated files, ascending: 1 is the newest. */
export function rotatedNumbers(path: string): number[] {
  const slash = path.lastIndexOf("/");
  const prefix = `${path.slice(slash + 1)}.`;
  const numbers: number[] = [];
  for (const name of namesIn(path.slice(0, slash) || "/")) {
    const number = name.startsWith(prefix) ? name.slice(prefix.length) : "";
    if (/^[1-9][0-9]{0,5}$/.test(number)) numbers.push(Number(number));
  }
  return numbers.sort((a, b) => a - b);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
