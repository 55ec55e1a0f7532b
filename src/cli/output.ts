import { writeSync } from "node:fs";
import { isTerminal } from "../adapters/system/libc.ts";
import { isWritable } from "../adapters/system/poll.ts";
import { reasonOf } from "../domain/system-error.ts";
import { printableJson, printableWithColour } from "../domain/values/printable.ts";
import type { View } from "./render/style.ts";

/** stdout was closed: no error, but nothing more can be printed. */
export class BrokenPipe extends Error {}

/** The output can't be written, for example to a full disk. */
export class OutputFailed extends Error {}

/**
 * Writes everything, whatever the output is. `process.stdout` would add 15 ms to the start and lose what exceeds 64 KiB of
 * a pipe at exit; `console.log` never returns once the reader has gone. Errors on stderr are ignored: they can't be
 * reported, and must not stop the command.
 */
export function write(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    const handlers = handlersOfSignals();
    // Without handlers a signal interrupts a write that waits for its reader.
    if (handlers.length > 0 && !isWritable(fd, 0)) waitForReader(fd, handlers);
    const length =
      handlers.length > 0 ? Math.min(bytes.length - done, PIPE_BUF) : bytes.length - done;
    try {
      done += writeSync(fd, bytes, done, length);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") Bun.sleepSync(1);
      else if (fd === 2) return;
      else throw code === "EPIPE" ? new BrokenPipe() : new OutputFailed(reasonOf(error));
    }
  }
}

/**
 * A write of this many bytes to a pipe that poll(2) reports as writable doesn't wait (POSIX: at least 512; Linux: 4096).
 */
const PIPE_BUF = process.platform === "linux" ? 4096 : 512;

type Handler = { signal: NodeJS.Signals; handler: NodeJS.SignalsListener };

const handlersOfSignals = (): Handler[] =>
  (["SIGINT", "SIGTERM"] as const).flatMap((signal) =>
    (process.listeners(signal) as NodeJS.SignalsListener[]).map((handler) => ({ signal, handler })),
  );

/** While this process waits for a reader no handler can run, so SIGINT and SIGTERM get their default action. */
function waitForReader(fd: number, handlers: readonly Handler[]): void {
  for (const { signal, handler } of handlers) process.off(signal, handler);
  while (!isWritable(fd, 1000));
  for (const { signal, handler } of handlers) process.on(signal, handler);
}

/** Lines for people. A terminal gets no control sequences except colours. */
export const printLines = (fd: 1 | 2, lines: readonly string[]): void => {
  if (lines.length > 0) write(fd, `${printableWithColour(lines.join("\n"))}\n`);
};

/** A JSON document on one line. */
export const printJson = (value: unknown): void => write(1, `${printableJson(value)}\n`);

/** Prints a result: that its reader has gone doesn't change how the command has ended. */
export function printIfRead(print: () => void): void {
  try {
    print();
  } catch (error) {
    if (!(error instanceof BrokenPipe)) throw error;
  }
}

/** A descriptor's properties: the terminal's width, and whether to use colours. */
export function viewOf(fd: 1 | 2): View {
  const onTerminal = isTerminal(fd);
  const columns = onTerminal ? (fd === 1 ? process.stdout : process.stderr).columns : 0;
  const colour = onTerminal && Bun.enableANSIColors && process.env["TERM"] !== "dumb";
  return { width: columns || Infinity, colour, now: Date.now() };
}
