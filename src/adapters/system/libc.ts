import { existsSync, readFileSync } from "node:fs";
import { dlopen, FFIType, ptr } from "bun:ffi";
import { system } from "./platform.ts";

/** Functions of the C library that Bun lacks. Loading it takes 0.14 ms, so it is loaded at the first use. */
const SYMBOLS = {
  flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  mkfifo: { args: [FFIType.cstring, FFIType.u32], returns: FFIType.i32 },
  getsid: { args: [FFIType.i32], returns: FFIType.i32 },
  setrlimit: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  waitpid: { args: [FFIType.i32, FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
  getpgrp: { args: [], returns: FFIType.i32 },
  tcgetpgrp: { args: [FFIType.i32], returns: FFIType.i32 },
  tcsetpgrp: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  madvise: { args: [FFIType.u64, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
  signal: { args: [FFIType.i32, FFIType.u64], returns: FFIType.u64 },
  isatty: { args: [FFIType.i32], returns: FFIType.i32 },
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  setsockopt: {
    args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.u32],
    returns: FFIType.i32,
  },
  bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  inet_pton: { args: [FFIType.i32, FFIType.cstring, FFIType.ptr], returns: FFIType.i32 },
} as const;

/** `syscall(2)`, for system calls that older C libraries don't wrap. Linux only. */
const LINUX_SYMBOLS = {
  syscall: {
    args: [FFIType.i64, FFIType.i64, FFIType.i64, FFIType.i64, FFIType.i64, FFIType.i64],
    returns: FFIType.i64,
  },
} as const;

/** Only for commands that record who gave them. */
const TERMINAL_SYMBOLS = {
  ttyname: { args: [FFIType.i32], returns: FFIType.cstring },
} as const;

declare const TASKMUX_LIBC: "gnu" | "musl" | undefined;

/** Usual paths of the C library, if /proc doesn't show which one this process uses. */
const USUAL_PATHS = {
  gnu: [
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib/aarch64-linux-gnu/libc.so.6",
    "/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
  ],
  musl: ["/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1"],
};

/**
 * The absolute path of the C library that this process uses, from proc_pid_maps(5); null if not listed. Loading a second C
 * library into a process crashes it, so other installed ones are not considered.
 */
export const mappedLibrary = (maps: string): string | null =>
  /\s(\/\S*\/(?:libc\.so\.6|libc-2\.\d+\.so|ld-musl-\w+\.so\.1))$/m.exec(maps)?.[1] ?? null;

/** Always contains a slash: Bun looks for a bare name in the current directory if the loader doesn't find it. */
function libraryPath(): string {
  if (process.platform === "darwin") return "/usr/lib/libSystem.B.dylib";
  const usual = USUAL_PATHS[typeof TASKMUX_LIBC === "string" ? TASKMUX_LIBC : "gnu"];
  const path = mappedLibrary(readProc("maps")) ?? usual.find((each) => existsSync(each));
  if (path === undefined) throw new Error(`No C library found: ${usual.join(", ")}`);
  return path;
}

function readProc(file: "maps" | "smaps"): string {
  try {
    return readFileSync(`/proc/self/${file}`, "latin1");
  } catch {
    return "";
  }
}

let path: string | undefined;

/** Finds functions of the C library. */
export const openLibrary = <T extends Parameters<typeof dlopen>[1]>(wanted: T) =>
  dlopen((path ??= libraryPath()), wanted).symbols;

let common: ReturnType<typeof openLibrary<typeof SYMBOLS>> | undefined;
let linux: ReturnType<typeof openLibrary<typeof LINUX_SYMBOLS>> | undefined;
const libc = () => (common ??= openLibrary(SYMBOLS));
const kernel = () => (linux ??= openLibrary(LINUX_SYMBOLS));

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
/** The same number on Linux and macOS. */
const SIGTTOU = 22;
const SIG_IGN = 1n;

const cString = (text: string): Buffer => Buffer.from(`${text}\0`);

/** Takes the exclusive flock of an open file without waiting; false if another process holds it. */
export const tryFlock = (fd: number): boolean => libc().flock(fd, LOCK_EX | LOCK_NB) === 0;

/** Takes a shared flock, which fails if another process holds the exclusive one. */
export const trySharedFlock = (fd: number): boolean => libc().flock(fd, LOCK_SH | LOCK_NB) === 0;

/** Makes a FIFO of mode 0600; false on an error, for example if it exists. */
export const makeFifo = (path: string): boolean => libc().mkfifo(cString(path), 0o600) === 0;

/** Whether a descriptor is a terminal. Unlike node:tty it adds no 5 ms to the start. */
export const isTerminal = (fd: number): boolean => libc().isatty(fd) === 1;

/** Lets a signal do what it does by default. */
export const restoreSignal = (signal: number): void => void libc().signal(signal, 0n);

/** The name of a descriptor's terminal, such as `pts/3`; null if it is none, or its device isn't visible here. */
export function terminalName(fd: number): string | null {
  const path = openLibrary(TERMINAL_SYMBOLS).ttyname(fd);
  return path === null ? null : path.replace(/^\/dev\//, "");
}

/** The pid of the leader of a process's session; 0 if the process is gone. */
export const sessionOf = (pid: number): number => Math.max(0, libc().getsid(pid));

/** Sets a limit of this process, RLIMIT_*; false if not permitted. */
export const setLimit = (resource: number, soft: number, hard: number): boolean =>
  libc().setrlimit(resource, ptr(new BigUint64Array([BigInt(soft), BigInt(hard)]))) === 0;

/** Moves this process group to the foreground of a terminal; false on an error. Ignores SIGTTOU, which would stop it. */
export function takeTerminal(fd: number): boolean {
  libc().signal(SIGTTOU, SIG_IGN);
  return libc().tcsetpgrp(fd, libc().getpgrp()) === 0;
}

/** Whether another process group has this process's terminal: whoever reads from it or sets its mode is stopped. */
export const isInBackground = (fd: number): boolean =>
  ![-1, 0, libc().getpgrp()].includes(libc().tcgetpgrp(fd));

const IOCTL = process.arch === "arm64" ? 29 : 16;
const FIONREAD = 0x541b;
const waiting = new Int32Array(1);

/** Number of bytes that can be read from a FIFO now; null if unknown. */
export function bytesIn(fd: number): number | null {
  if (system !== "linux") return null;
  return Number(kernel().syscall(IOCTL, fd, FIONREAD, ptr(waiting), 0, 0)) === 0
    ? waiting[0]!
    : null;
}

const TEE = process.arch === "arm64" ? 77 : 276;
const SPLICE_F_NONBLOCK = 2;

/**
 * Copies up to `most` bytes from one FIFO to another, without taking them out. Returns their number; 0 if there are none, or
 * if the system can't do it.
 */
export function copyFromFifo(from: number, to: number, most: number): number {
  if (system !== "linux") return 0;
  return Math.max(0, Number(kernel().syscall(TEE, from, to, most, SPLICE_F_NONBLOCK, 0)));
}

const MADV_DONTNEED = 4;

/** Part of a process's address space. */
export interface MemoryRange {
  start: bigint;
  length: bigint;
}

/**
 * The parts of an executable that are mapped read-only, from proc_pid_smaps(5). Parts with pages that differ from the file
 * (relocations) are left out: they can't be read again.
 */
export function cleanParts(smaps: string, executable: string): MemoryRange[] {
  const parts = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map((text) => ({
    text,
    head: /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \d+ +(.+)\n/.exec(text),
  }));
  return parts.flatMap(({ text, head }) => {
    if (head?.[3] !== executable || !/^Anonymous: +0 kB$/m.test(text)) return [];
    const [start, end] = [BigInt(`0x${head[1]}`), BigInt(`0x${head[2]}`)];
    return [{ start, length: end - start }];
  });
}

/**
 * Unmaps the pages of this executable that stand unchanged in its file: those that are used again come back from the
 * kernel's cache. Most of 35 MB is only used at the start of a process. Linux only.
 */
export function releaseCode(): void {
  if (system !== "linux") return;
  for (const { start, length } of cleanParts(readProc("smaps"), process.execPath))
    libc().madvise(start, length, MADV_DONTNEED);
}

const RENAMEAT2 = process.arch === "arm64" ? 276 : 316;
const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;

/** Exchanges the names of two files atomically; false if one is missing, or if unsupported. */
export function swapFiles(one: string, other: string): boolean {
  if (system !== "linux") return false;
  const [from, to] = [cString(one), cString(other)];
  const done = kernel().syscall(RENAMEAT2, AT_FDCWD, ptr(from), AT_FDCWD, ptr(to), RENAME_EXCHANGE);
  return Number(done) === 0;
}

const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;

/** A pidfd, which refers to this process even if its pid is reused; null if unsupported (kernels before 5.3). */
export function openProcess(pid: number): number | null {
  if (system !== "linux") return null;
  const fd = Number(kernel().syscall(PIDFD_OPEN, pid, 0, 0, 0, 0));
  return fd >= 0 ? fd : null;
}

/** Sends a signal through a pidfd; false if that failed. */
export const signalProcess = (fd: number, signal: number): boolean =>
  Number(kernel().syscall(PIDFD_SEND_SIGNAL, fd, signal, 0, 0, 0)) === 0;

const WNOHANG = 1;

/** Reaps a child that has ended; no effect for any other process. */
export const reap = (pid: number): void => void libc().waitpid(pid, null, WNOHANG);

/** Constants of socket(7), which differ between the systems. */
const SOCKETS =
  process.platform === "darwin"
    ? { AF_INET6: 30, SOL_SOCKET: 0xffff, SO_REUSEADDR: 4, IPV6_V6ONLY: 27 }
    : { AF_INET6: 10, SOL_SOCKET: 1, SO_REUSEADDR: 2, IPV6_V6ONLY: 26 };
const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_IPV6 = 41;

const familyOf = (address: string): number => (address.includes(":") ? SOCKETS.AF_INET6 : AF_INET);

/** A TCP socket for an IPv4 or IPv6 address; of IPv6 alone for the latter. Null if unsupported. */
export function openSocket(address: string): number | null {
  const socket = libc().socket(familyOf(address), SOCK_STREAM, 0);
  if (socket < 0) return null;
  if (address.includes(":")) setOption(socket, IPPROTO_IPV6, SOCKETS.IPV6_V6ONLY);
  return socket;
}

/** Sets SO_REUSEADDR; false on an error. */
export const reuseAddress = (socket: number): boolean =>
  setOption(socket, SOCKETS.SOL_SOCKET, SOCKETS.SO_REUSEADDR);

const setOption = (socket: number, level: number, option: number): boolean =>
  libc().setsockopt(socket, level, option, ptr(new Int32Array([1])), 4) === 0;

/** Binds a socket to an address in text form; false on an error. */
export function bindSocket(socket: number, address: string, port: number): boolean {
  const family = familyOf(address);
  const isIpv6 = family === SOCKETS.AF_INET6;
  // sockaddr_in: family, port, address; sockaddr_in6: family, port, flow, address, scope. macOS begins with a length.
  const name = new Uint8Array(isIpv6 ? 28 : 16);
  if (process.platform === "darwin") name.set([name.length, family]);
  else name[0] = family;
  name.set([port >> 8, port & 0xff], 2);
  const bytes = new Uint8Array(16);
  if (libc().inet_pton(family, cString(address), ptr(bytes)) !== 1) return false;
  name.set(isIpv6 ? bytes : bytes.subarray(0, 4), isIpv6 ? 8 : 4);
  return libc().bind(socket, ptr(name), name.length) === 0;
}
