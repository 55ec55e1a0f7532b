import { existsSync } from "node:fs";
import { dlopen, FFIType, ptr } from "bun:ffi";

/** What the system's C library offers and Bun doesn't. Loading it takes 0.14 ms, so it is loaded at the first use. */
const symbols = {
  flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  mkfifo: { args: [FFIType.cstring, FFIType.u32], returns: FFIType.i32 },
  poll: { args: [FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
  isatty: { args: [FFIType.i32], returns: FFIType.i32 },
} as const;

/** `syscall(2)` for calls that older C libraries have no function for. Linux only. */
const linuxSymbols = {
  syscall: {
    args: [FFIType.i64, FFIType.i64, FFIType.i64, FFIType.i64, FFIType.i64, FFIType.i64],
    returns: FFIType.i64,
  },
} as const;

function libraryNames(): string[] {
  if (process.platform === "darwin") return ["libSystem.B.dylib"];
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  const musl = `/lib/ld-musl-${machine}.so.1`;
  return existsSync(musl) ? [`libc.musl-${machine}.so.1`, musl, "libc.so.6"] : ["libc.so.6", musl];
}

function open<T extends Parameters<typeof dlopen>[1]>(wanted: T) {
  let last: unknown;
  for (const name of libraryNames()) {
    try {
      return dlopen(name, wanted).symbols;
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

let common: ReturnType<typeof open<typeof symbols>> | undefined;
let linux: ReturnType<typeof open<typeof linuxSymbols>> | undefined;

const libc = () => (common ??= open(symbols));
const kernel = () => (linux ??= open(linuxSymbols));

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

const cString = (text: string): Buffer => Buffer.from(`${text}\0`);

/** Takes the exclusive flock of an open file without waiting; false if another process holds it. */
export const tryFlock = (fd: number): boolean => libc().flock(fd, LOCK_EX | LOCK_NB) === 0;

/** Takes a shared flock, which says whether anybody holds the exclusive one. */
export const trySharedFlock = (fd: number): boolean => libc().flock(fd, LOCK_SH | LOCK_NB) === 0;

/** Makes a FIFO of mode 0600; false if that failed (it exists, say). */
export const makeFifo = (path: string): boolean => libc().mkfifo(cString(path), 0o600) === 0;

/** Whether a file descriptor is a terminal; unlike node:tty this costs no 5 ms of start-up. */
export const isTerminal = (fd: number): boolean => libc().isatty(fd) === 1;

const POLLERR = 0x08;
const POLLHUP = 0x10;

/** Whether anybody can read what is written to a descriptor; a pipe whose reader went says so without a write. */
export function hasReader(fd: number): boolean {
  // struct pollfd: the descriptor, what is asked for (16 bits, nothing), what is so (16 bits).
  const asked = new Int32Array([fd, 0]);
  if (libc().poll(asked, 1n, 0) <= 0) return true;
  return ((asked[1]! >>> 16) & (POLLERR | POLLHUP)) === 0;
}

const RENAMEAT2 = process.arch === "arm64" ? 276 : 316;
const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;

/** Makes two files swap their names at once; false where one isn't there, or the system or its file system can't do it. */
export function swapFiles(one: string, other: string): boolean {
  if (process.platform !== "linux") return false;
  const [from, to] = [cString(one), cString(other)];
  const done = kernel().syscall(RENAMEAT2, AT_FDCWD, ptr(from), AT_FDCWD, ptr(to), RENAME_EXCHANGE);
  return Number(done) === 0;
}

const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;

/** A descriptor that stays with this one process even if its pid is reused; null where the kernel (before 5.3) has none. */
export function openProcess(pid: number): number | null {
  if (process.platform !== "linux") return null;
  const fd = Number(kernel().syscall(PIDFD_OPEN, pid, 0, 0, 0, 0));
  return fd >= 0 ? fd : null;
}

/** Sends a signal through a descriptor of {@link openProcess}; false if it could not be sent. */
export const signalProcess = (fd: number, signal: number): boolean =>
  Number(kernel().syscall(PIDFD_SEND_SIGNAL, fd, signal, 0, 0, 0)) === 0;
