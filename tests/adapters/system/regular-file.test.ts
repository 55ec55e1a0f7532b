import { describe, expect, test } from "bun:test";
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { makeFifo } from "../../../src/adapters/system/libc.ts";
import {
  FileRefusal,
  irregularAt,
  isRefusal,
  openRegular,
  readRegular,
  refusalOf,
} from "../../../src/adapters/system/regular-file.ts";
import { directoryWith } from "../../helpers/directory.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** A directory with one of each kind that is no regular file. */
async function strangeFiles() {
  const root = directoryWith({ file: "text" });
  makeFifo(join(root.path, "fifo"));
  mkdirSync(join(root.path, "directory"));
  for (const name of ["file", "fifo", "nothing"])
    symlinkSync(join(root.path, name), join(root.path, `link-to-${name}`));
  symlinkSync("loop", join(root.path, "loop"));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(root.path, "socket"), resolve));
  return {
    at: (name: string) => (name.startsWith("/") ? name : join(root.path, name)),
    [Symbol.dispose]: () => {
      server.close();
      root[Symbol.dispose]();
    },
  };
}

describe("what is no regular file is refused at once, whatever it is opened for", () => {
  test.each([
    ["fifo", "it is a FIFO", null],
    ["link-to-fifo", "it is a FIFO", null],
    ["socket", "it is a socket", null],
    ["directory", "it is a directory", null],
    ["/dev/null", "it is a device", null],
    ["loop", "it is a symbolic link", "ELOOP"],
    ["file/below", "a parent of it is not a directory", "ENOTDIR"],
  ])("%s: %s", async (name, reason, code) => {
    using files = await strangeFiles();
    const refusal = new FileRefusal(reason, code);
    expect(openRegular(files.at(name), O_RDONLY)).toEqual(refusal);
    expect(openRegular(files.at(name), O_WRONLY | O_APPEND | O_CREAT)).toEqual(refusal);
    expect(readRegular(files.at(name), { limit: 100 })).toEqual(refusal);
    if (code !== "ENOTDIR") expect(irregularAt(files.at(name))).toEqual(refusal);
  });
});

test.skipIf(process.platform !== "linux")(
  "what becomes a FIFO between the look at it and its opening is refused too",
  async () => {
    using files = await strangeFiles();
    const libc = join(import.meta.dirname, "../../../src/adapters/system/libc.ts");
    const script = `
      import { swapFiles } from ${JSON.stringify(libc)};
      for (;;) swapFiles(process.argv[1], process.argv[2]);`;
    const path = files.at("file");
    const swapping = Bun.spawn([process.execPath, "-e", script, path, files.at("fifo")]);
    try {
      for (let [regular, refused] = [0, 0]; regular < 2000 || refused < 2000;) {
        const descriptor = openRegular(path, O_RDONLY);
        if (isRefusal(descriptor)) {
          refused++;
          continue;
        }
        regular++;
        const isRegular = fstatSync(descriptor).isFile();
        closeSync(descriptor);
        expect(isRegular).toBe(true);
      }
    } finally {
      swapping.kill("SIGKILL");
      await swapping.exited;
    }
  },
);

test("a file that isn't there is made if that is asked for, and else refused", async () => {
  using files = await strangeFiles();
  expect(irregularAt(files.at("new"))).toBeNull();
  expect(openRegular(files.at("new"), O_RDONLY)).toEqual(
    new FileRefusal("it doesn't exist", "ENOENT"),
  );
  const descriptor = openRegular(files.at("new"), O_WRONLY | O_CREAT);
  if (isRefusal(descriptor)) throw new Error(descriptor.reason);
  closeSync(descriptor);
  expect(readRegular(files.at("new"), { limit: 0 })).toEqual(Buffer.alloc(0));
});

test("a link to a regular file is followed, unless that is ruled out", async () => {
  using files = await strangeFiles();
  expect(irregularAt(files.at("link-to-file"))).toBeNull();
  expect(readRegular(files.at("link-to-file"), { limit: 100 })).toEqual(Buffer.from("text"));
  expect(openRegular(files.at("link-to-file"), O_RDONLY | O_NOFOLLOW)).toEqual(
    new FileRefusal("it is a symbolic link", "ELOOP"),
  );
});

describe("a file is read up to its limit", () => {
  test.each([0, 3, 4096, 100_000])("%d bytes", (size) => {
    using root = directoryWith({ file: "x".repeat(size) });
    const path = join(root.path, "file");
    expect(readRegular(path, { limit: size })).toEqual(Buffer.from("x".repeat(size)));
    if (size > 0) expect(readRegular(path, { limit: size - 1 })).toBeInstanceOf(FileRefusal);
  });

  test("a sparse one of terabytes is refused by its size", () => {
    using root = directoryWith({ file: "" });
    const path = join(root.path, "file");
    truncateSync(path, 5 * 2 ** 40);
    expect(readRegular(path, { limit: 1 << 20 })).toEqual(
      new FileRefusal("it is larger than 1 MiB"),
    );
  });

  test.skipIf(process.platform !== "linux")("one that says that it is empty is read too", () => {
    const read = readRegular("/proc/self/status", { limit: 1 << 20 });
    expect(isRefusal(read) ? read.reason : read.toString()).toContain("Pid:");
    expect(readRegular("/proc/self/status", { limit: 10 })).toBeInstanceOf(FileRefusal);
  });
});

test.skipIf(process.platform !== "linux")("a full disk is named", () => {
  let thrown: unknown;
  try {
    writeFileSync("/dev/full", "x");
  } catch (error) {
    thrown = error;
  }
  expect(refusalOf(thrown)).toEqual(new FileRefusal("no space left on the device", "ENOSPC"));
});
