import { describe, expect, test } from "bun:test";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { makeFifo } from "../../src/adapters/system/libc.ts";
import { root } from "../helpers/binary.ts";
import { directoryWith } from "../helpers/directory.ts";
import { eventually } from "../helpers/eventually.ts";

const output = JSON.stringify(join(root, "src/cli/output.ts"));

/** Writes a megabyte to the descriptor that it is given, and says on the other one what came of it. */
const writer = `
  import { closeSync, openSync, writeSync } from "node:fs";
  import { write } from ${output};
  const [fd, pipe] = [Number(process.argv[2]), process.argv[3]];
  if (pipe) {
    // The descriptors of a started program block; another process that shares them may not want that.
    closeSync(fd);
    if (openSync(pipe, ${constants.O_WRONLY | constants.O_NONBLOCK}) !== fd) throw new Error("another number");
  }
  let said = "written";
  try {
    write(fd, "0123456789abcdef".repeat(65536));
  } catch (error) {
    said = error.constructor.name + ": " + error.message;
  }
  writeSync(3 - fd, said);
`;

const begin = (directory: string, to: 1 | 2, fd: number, pipe = "") =>
  Bun.spawn([process.execPath, join(directory, "writer.ts"), String(to), pipe], {
    stdio: ["ignore", to === 1 ? fd : "pipe", to === 2 ? fd : "pipe"],
  });

/** What it said on the descriptor that it wasn't to write to. */
const saidBy = async (child: ReturnType<typeof begin>, to: 1 | 2): Promise<string> =>
  new Response((to === 1 ? child.stderr : child.stdout) as ReadableStream).text();

function openPipe(directory: string) {
  const path = join(directory, "pipe");
  makeFifo(path);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { path, reader, writer: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
}

/** How much can be read without waiting. */
function drain(fd: number): number {
  const chunk = Buffer.alloc(65_536);
  let size = 0;
  try {
    for (let more = 1; more > 0; size += more) more = readSync(fd, chunk);
  } catch {
    // It is empty just now.
  }
  return size;
}

describe("what is written", () => {
  test.each([1, 2] as const)(
    "to %d is all there though it is a pipe that is full, and that nobody waits for",
    async (to) => {
      using directory = directoryWith({ "writer.ts": writer });
      const pipe = openPipe(directory.path);
      const child = begin(directory.path, to, pipe.writer, pipe.path);
      let size = 0;
      await eventually(() => {
        const hasEnded = child.exitCode !== null;
        size += drain(pipe.reader);
        return hasEnded;
      });
      expect(await saidBy(child, to)).toBe("written");
      expect(size).toBe(1_048_576);
      closeSync(pipe.reader);
      closeSync(pipe.writer);
    },
  );

  test("to a reader that has gone is over; to stderr it is left out", async () => {
    using directory = directoryWith({ "writer.ts": writer });
    const pipe = openPipe(directory.path);
    closeSync(pipe.reader);
    expect(await saidBy(begin(directory.path, 1, pipe.writer), 1)).toBe("BrokenPipe: ");
    expect(await saidBy(begin(directory.path, 2, pipe.writer), 2)).toBe("written");
    closeSync(pipe.writer);
  });

  test.skipIf(process.platform !== "linux")("to a full disk says why", async () => {
    using directory = directoryWith({ "writer.ts": writer });
    const full = openSync("/dev/full", "w");
    const said = await saidBy(begin(directory.path, 1, full), 1);
    expect(said).toBe("OutputFailed: no space left on the device");
    expect(await saidBy(begin(directory.path, 2, full), 2)).toBe("written");
    closeSync(full);
  });
});
