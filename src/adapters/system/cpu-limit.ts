import { setLimit } from "./libc.ts";

/** Its number on Linux and macOS. */
const RLIMIT_CPU = 0;

/** Ends this process by SIGXCPU, else by SIGKILL, once it has had a processor for this long, s. */
export const limitCpuTime = (seconds: number): boolean =>
  setLimit(RLIMIT_CPU, seconds, seconds + 1);
