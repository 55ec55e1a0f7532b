import { writeSync } from "node:fs";

/** The reader of our output has gone: not an error, nothing more is worth printing. */
export class ReaderGone extends Error {}

/**
 * Writes all of it, whatever the other end is. `process.stdout` costs 15 ms of start-up and loses what is beyond 64 KiB
 * of a pipe at exit; `console.log` never ends when its reader is gone.
 */
export function write(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") throw new ReaderGone();
      if (code !== "EAGAIN") throw error;
      Bun.sleepSync(1);
    }
  }
}

export const printLines = (fd: 1 | 2, lines: readonly string[]): void => {
  if (lines.length > 0) write(fd, `${lines.join("\n")}\n`);
};

/** One JSON document on one line. */
export const printJson = (value: unknown): void => write(1, `${JSON.stringify(value)}\n`);
