import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { makeFifo } from "../../../src/adapters/system/libc.ts";
import { hasReader, PollSet } from "../../../src/adapters/system/poll.ts";
import { directoryWith } from "../../helpers/directory.ts";

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Both ends of a new FIFO. */
function openFifo(path: string): { reader: number; writer: number } {
  expect(makeFifo(path)).toBe(true);
  const reader = openSync(path, O_RDONLY | O_NONBLOCK);
  return { reader, writer: openSync(path, O_WRONLY | O_NONBLOCK) };
}

test.each(["linux", "darwin"] as const)(
  "on %s it is known what can be read, and what has no writer left",
  (on) => {
    const wait = (descriptors: number[], ms: number) => new PollSet(descriptors, on).wait(ms);
    using directory = directoryWith({});
    const one = openFifo(join(directory.path, "one"));
    const other = openFifo(join(directory.path, "other"));
    const readers = [one.reader, other.reader];
    expect(wait(readers, 0)).toEqual([]);
    expect(wait(readers, 5)).toEqual([]);

    writeSync(other.writer, "line");
    expect(wait(readers, -1)).toEqual([1]);
    expect(readSync(other.reader, Buffer.alloc(10))).toBe(4);
    expect(wait(readers, 0)).toEqual([]);

    closeSync(one.writer);
    expect(wait(readers, -1)).toEqual([0]);
    expect(readSync(one.reader, Buffer.alloc(10))).toBe(0);
    closeSync(other.writer);
    expect(wait(readers, 1500)).toEqual([0, 1]);
    for (const fd of readers) closeSync(fd);
  },
);

test("a pipe has a reader until that closes it, also while it is full", () => {
  using directory = directoryWith({});
  const { reader, writer } = openFifo(join(directory.path, "pipe"));
  expect(hasReader(writer)).toBe(true);
  const fill = () => {
    for (;;) writeSync(writer, "x".repeat(4096));
  };
  expect(fill).toThrow("EAGAIN");
  expect(hasReader(writer)).toBe(true);
  closeSync(reader);
  if (process.platform === "linux") expect(hasReader(writer)).toBe(false);
  closeSync(writer);
});

test("a file, a device and a FIFO of one's own have a reader", () => {
  using directory = directoryWith({});
  const fifo = join(directory.path, "own");
  expect(makeFifo(fifo)).toBe(true);
  const descriptors = [openSync(join(directory.path, "file"), "w"), openSync("/dev/null", "w")];
  descriptors.push(openSync(fifo, O_RDWR | O_NONBLOCK));
  expect(descriptors.map(hasReader)).toEqual([true, true, true]);
  for (const fd of descriptors) closeSync(fd);
});
