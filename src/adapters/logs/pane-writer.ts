import { read, readSync } from "node:fs";
import { howItEnded, missingLine } from "../../domain/logs/line.ts";
import { LogWriter } from "./writer.ts";
import { LogWriterFiles } from "./writer-files.ts";

const READ_SIZE = 65536;
/** Pause between attempts to write kept lines while the task is silent, ms. */
const RETRY_EVERY = 500;

/**
 * The log writer of a single pane, in windows that taskmux 0.1.0 opened: their scripts still start it when the one before
 * dies. Reads the pane's output from descriptor 0 until it ends. Returns the exit status. `before` is the exit status, as a
 * shell reports it, of the writer that this one replaces; null for the first.
 */
export async function runLogWriter(directory: string, before: number | null): Promise<number> {
  const writer = new LogWriter(new LogWriterFiles(directory));
  if (before !== null)
    writer.markBreak(missingLine(`the log writer ${howItEnded(before, process.platform)}`));
  const chunk = Buffer.allocUnsafeSlow(READ_SIZE);
  for (;;) {
    const size = writer.isBehind
      ? await readRetrying(chunk, () => writer.retry())
      : readNext(chunk);
    if (size <= 0) break;
    writer.take(chunk, size);
  }
  writer.end();
  return 0;
}

/** The number of bytes read; 0 at the end. */
function readNext(chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(0, chunk, 0, READ_SIZE, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") Bun.sleepSync(5);
      else if (code !== "EINTR") return 0;
    }
  }
}

/** As readNext, but with a timer: kept lines are written even if the task prints nothing more. */
async function readRetrying(chunk: Buffer, retry: () => void): Promise<number> {
  const timer = setInterval(retry, RETRY_EVERY);
  try {
    return await readAsync(chunk);
  } finally {
    clearInterval(timer);
  }
}

function readAsync(chunk: Buffer): Promise<number> {
  return new Promise((resolve) => {
    const attempt = (): void => read(0, chunk, 0, READ_SIZE, null, settle);
    const settle = (error: NodeJS.ErrnoException | null, size: number): void => {
      if (error === null) resolve(size);
      else if (error.code === "EAGAIN" || error.code === "EINTR") setTimeout(attempt, 20);
      else resolve(0);
    };
    attempt();
  });
}
