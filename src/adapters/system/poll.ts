import { FFIType } from "bun:ffi";
import { openLibrary } from "./libc.ts";
import { system } from "./platform.ts";

const SYMBOLS = {
  poll: { args: [FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
  select: {
    args: [FFIType.i32, FFIType.ptr, FFIType.ptr, FFIType.ptr, FFIType.ptr],
    returns: FFIType.i32,
  },
} as const;

let symbols: ReturnType<typeof openLibrary<typeof SYMBOLS>> | undefined;
const library = () => (symbols ??= openLibrary(SYMBOLS));

const POLLOUT = 0x04;
const POLLERR = 0x08;
const POLLHUP = 0x10;

/** Whether a write of a few bytes would succeed without waiting, within `ms`. */
export function isWritable(fd: number, ms: number): boolean {
  const asked = new Int32Array([fd, POLLOUT]);
  return library().poll(asked, 1n, ms) > 0;
}

/**
 * Whether a descriptor still has a reader; detects a closed pipe without writing. macOS reports that only of a descriptor
 * of which some event is requested.
 */
export function hasReader(fd: number): boolean {
  // struct pollfd: descriptor, requested events (16 bits), returned events (16 bits).
  const asked = new Int32Array([fd, POLLOUT]);
  if (library().poll(asked, 1n, 0) <= 0) return true;
  return ((asked[1]! >>> 16) & (POLLERR | POLLHUP)) === 0;
}

const POLLIN = 0x01;

/** FD_SETSIZE: select(2) takes no descriptors from this one on. */
const MOST_SELECTED = 1024;

/**
 * Descriptors to wait for: readable ones, and those whose writers have all closed. macOS's poll(2) doesn't report that the
 * writers of a FIFO have closed it; its select(2) does.
 */
export class PollSet {
  /** struct pollfd for each: descriptor, requested events (16 bits), returned events (16 bits). */
  readonly #asked: Int32Array;
  readonly #descriptors: readonly number[];
  readonly #selects: boolean;

  constructor(descriptors: readonly number[], on = system) {
    this.#asked = Int32Array.from(descriptors.flatMap((fd) => [fd, POLLIN]));
    this.#descriptors = descriptors;
    this.#selects = on === "darwin" && Math.max(...descriptors) < MOST_SELECTED;
  }

  /** Waits at most `ms` (-1: without limit); returns the indexes of the ready descriptors, none after a signal. */
  wait(ms: number): number[] {
    return this.#selects ? selectReadable(this.#descriptors, ms) : this.#poll(ms);
  }

  #poll(ms: number): number[] {
    const ready: number[] = [];
    const count = this.#descriptors.length;
    if (library().poll(this.#asked, BigInt(count), ms) <= 0) return ready;
    for (let index = 0; index < count; index++)
      if (this.#asked[2 * index + 1]! >>> 16 !== 0) ready.push(index);
    return ready;
  }
}

/** select(2) for reading; returns the indexes of the ready descriptors. */
function selectReadable(descriptors: readonly number[], ms: number): number[] {
  const set = new Uint8Array(MOST_SELECTED / 8);
  for (const fd of descriptors) set[fd >> 3]! |= 1 << (fd & 7);
  // struct timeval: seconds, microseconds (32 bits on macOS, followed by padding). Both systems are little-endian.
  const limit = new BigInt64Array([BigInt(Math.floor(ms / 1000)), BigInt((ms % 1000) * 1000)]);
  const count = Math.max(...descriptors) + 1;
  if (library().select(count, set, null, null, ms < 0 ? null : limit) <= 0) return [];
  return descriptors.flatMap((fd, index) => (set[fd >> 3]! & (1 << (fd & 7)) ? [index] : []));
}
