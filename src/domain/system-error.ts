import { Failure } from "./failure.ts";

/**
 * An error that the runtime throws for a failed system call. Its message is for programmers; {@link reasonOf} is for
 * people.
 */
interface SystemError {
  /** For example `ENOSPC`. */
  code: string;
  syscall: string;
  path?: string;
}

/** Why the system refused, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return REASONS[code ?? ""] ?? message ?? String(error);
}

/** E106: a file can't be read or written; the reason is worded by {@link reasonOf}. */
export class FileFailure extends Failure {
  constructor(
    message: string,
    readonly reason: string,
    hint?: string,
  ) {
    super("E106", `${message}: ${reason}`, hint);
  }
}

/** E106 for a file that can't be read or written. `act`: what was tried, for example "write" or "make the directory". */
export function fileFailure(act: string, path: string, error: unknown): FileFailure {
  const { code = "" } = error as { code?: string };
  return new FileFailure(`Can't ${act} ${path}`, reasonOf(error), hintFor(act, code, path));
}

/** E106 if the error is a refusal by the system; null if it is a bug. */
export function refusedBySystem(error: unknown): FileFailure | null {
  if (!isSystemError(error) || BUG_CODES.has(error.code)) return null;
  const act = ACTS[error.syscall] ?? `do '${error.syscall}' with`;
  return fileFailure(act, error.path ?? OBJECTS[error.syscall] ?? "a file", error);
}

/**
 * An error that was thrown in a process that must not end, as a failure: E106 for a refusal by the system, else E900.
 */
export const thrownFailure = (error: unknown): Failure =>
  refusedBySystem(error) ??
  new Failure(
    "E900",
    `Internal error: ${error instanceof Error ? error.message : String(error)}`,
    "This is a bug in taskmux.",
  );

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error &&
  "code" in error &&
  "syscall" in error &&
  typeof error.code === "string" &&
  typeof error.syscall === "string";

/** Errors of a system that lacks something now: they say nothing about the file or the program of the call. */
const SHORTAGES = new Set("EAGAIN EMFILE ENFILE ENOMEM".split(" "));

/** Whether the system lacks descriptors, processes or memory. */
export const isShortage = (error: unknown): boolean =>
  SHORTAGES.has((error as { code?: string }).code ?? "");

/** Errors that only a mistake of the caller causes. */
const BUG_CODES = new Set("EBADF EINVAL EFAULT".split(" "));

const MAKE = "make the directory";

const ACTS: Record<string, string> = {
  chmod: "change the mode of",
  epoll_create1: "start",
  copyfile: "copy",
  fchmod: "change the mode of",
  fstat: "access",
  fsync: "write",
  ftruncate: "write",
  link: "make",
  lstat: "access",
  mkdir: MAKE,
  open: "open",
  pipe: "start",
  posix_spawn: "run",
  read: "read",
  realpath: "access",
  rename: "replace",
  rm: "remove",
  rmdir: "remove",
  scandir: "read the directory",
  socket: "open",
  socketpair: "start",
  stat: "access",
  unlink: "remove",
  watch: "watch",
  write: "write",
};

/** The object of system calls that have no path. */
const OBJECTS: Record<string, string> = {
  epoll_create1: "a program",
  pipe: "a program",
  socket: "a connection",
  socketpair: "a program",
};

const REASONS: Record<string, string> = {
  EACCES: "permission denied",
  EAGAIN: "resource temporarily unavailable",
  EDQUOT: "the disk quota is used up",
  EEXIST: "something else has that name",
  EFBIG: "the file is too large",
  EIO: "input/output error",
  EISDIR: "it is a directory",
  ELOOP: "it is a symbolic link",
  EMFILE: "this process has too many files open",
  ENAMETOOLONG: "its path is too long",
  ENFILE: "the machine has too many files open",
  ENOENT: "it doesn't exist",
  ENOMEM: "not enough memory",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a parent of it is not a directory",
  ENXIO: "it is a FIFO or a socket",
  ENOTREG: "it is not a regular file",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};

const isOwnState = (path: string): boolean => /\/\.taskmux(\/|$)/.test(path);

/** The next step, if there is one for any file. */
function hintFor(act: string, code: string, path: string): string | undefined {
  switch (code) {
    case "ENOSPC":
      return "Free some space; `df -h` shows which file system is full.";
    case "EDQUOT":
      return "Free some of your disk quota.";
    case "ENOTREG":
    case "EISDIR":
      return "Inspect it, then remove it.";
    case "EMFILE":
      return "Raise the limit of open files: ulimit -n 4096";
    case "EROFS":
      return isOwnState(path) ? "Set HOME to a writable directory." : "Mount it writable.";
    case "EACCES":
    case "EPERM":
      if (isOwnState(path) && act === MAKE) return "Set HOME to a writable directory.";
      return isOwnState(path)
        ? 'If sudo made it, give it back: sudo chown -R "$(id -un)" ~/.taskmux'
        : `Check its owner and mode: ls -ld ${path}`;
    default:
      return undefined;
  }
}
