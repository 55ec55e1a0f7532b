import { expect, test } from "bun:test";
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ConfigWatch } from "../../../src/adapters/config/watch.ts";
import { readText } from "../../../src/adapters/system/files.ts";
import { isFailure } from "../../../src/domain/failure.ts";
import { eventually } from "../../helpers/eventually.ts";

/** A config in a directory of its own, and what it said each time that a change of it was told. */
class Watched implements Disposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "config-watch-")));
  readonly path = join(this.directory, "taskmux.toml");
  readonly told: (string | null)[] = [];
  #end = (): void => {};

  constructor(text = "one") {
    writeFileSync(this.path, text);
  }

  start(path = this.path): ConfigWatch {
    const watch = new ConfigWatch(path, () => this.told.push(readText(path)));
    this.#end = () => watch.end();
    return watch;
  }

  /** Waits for a change, the newest of which is this one. */
  async says(text: string | null): Promise<void> {
    await eventually(() => this.told.at(-1) === text && this.told.length > 0);
  }

  [Symbol.dispose](): void {
    this.#end();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const renamed = (path: string, text: string): void => {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
};

/** As vim does it with `backupcopy=no`. */
const swappedByVim = (path: string, text: string): void => {
  renameSync(path, `${path}~`);
  writeFileSync(path, text);
  unlinkSync(`${path}~`);
};

/** As emacs does it: a copy for the backup, then the file itself. */
const writtenByEmacs = (path: string, text: string): void => {
  writeFileSync(`${path}#`, text);
  copyFileSync(path, `${path}~`);
  writeFileSync(path, text);
  unlinkSync(`${path}#`);
};

/** Each half on the disk before the next. */
const writtenInParts = (path: string, text: string): void => {
  const fd = openSync(path, "w");
  for (const part of [text.slice(0, 2), text.slice(2)]) {
    writeSync(fd, part);
    fsyncSync(fd);
  }
  closeSync(fd);
};

const removedAndWritten = (path: string, text: string): void => {
  unlinkSync(path);
  writeFileSync(path, text);
};

const directoryMadeAnew = (path: string, text: string): void => {
  rmSync(dirname(path), { recursive: true });
  mkdirSync(dirname(path));
  writeFileSync(path, text);
};

test.each([
  ["in place", writeFileSync],
  ["by a rename", renamed],
  ["by vim", swappedByVim],
  ["by emacs", writtenByEmacs],
  ["in parts", writtenInParts],
  ["after a removal", removedAndWritten],
  ["with its directory", directoryMadeAnew],
])("a save %s is reported once, and the next one too", async (_, save) => {
  using config = new Watched();
  config.start();
  for (const text of ["two", "three", "four"]) {
    save(config.path, text);
    await config.says(text);
  }
  expect(config.told).toEqual(["two", "three", "four"]);
});

test("what is saved as it was, or only touched, is no change", async () => {
  using config = new Watched();
  config.start();
  for (const same of [
    () => writeFileSync(config.path, "one"),
    () => renamed(config.path, "one"),
    () => utimesSync(config.path, 1, 1),
    () => writeFileSync(join(config.directory, "other.toml"), "other"),
  ]) {
    same();
    // Longer than a notice takes, so that one would have come.
    await Bun.sleep(150);
  }
  writeFileSync(config.path, "two");
  await config.says("two");
  expect(config.told).toEqual(["two"]);
});

test("a file that is gone is reported once it stays away, and when it is back", async () => {
  using config = new Watched();
  config.start();
  unlinkSync(config.path);
  await config.says(null);
  writeFileSync(config.path, "one");
  await config.says("one");
  expect(config.told).toEqual([null, "one"]);
});

test("a moment without the file, or without its content, is no change", async () => {
  using config = new Watched();
  config.start();
  for (const empty of [() => truncateSync(config.path), () => unlinkSync(config.path)]) {
    empty();
    // Longer than a file with content has to be left alone.
    await Bun.sleep(200);
    writeFileSync(config.path, "one");
  }
  writeFileSync(config.path, "two");
  await config.says("two");
  expect(config.told).toEqual(["two"]);
});

test("it is seen through a link: the file there changes, is replaced, or the link leads elsewhere", async () => {
  using config = new Watched();
  const [a, b] = ["a", "b"].map((name) => join(config.directory, "far", name)) as [string, string];
  mkdirSync(dirname(a));
  for (const path of [a, b]) writeFileSync(path, "one");
  rmSync(config.path);
  symlinkSync(a, config.path);
  config.start();
  writeFileSync(a, "two");
  await config.says("two");
  renamed(a, "three");
  await config.says("three");
  symlinkSync(b, `${config.path}.new`);
  renameSync(`${config.path}.new`, config.path);
  await config.says("one");
  writeFileSync(b, "four");
  await config.says("four");
  writeFileSync(a, "nobody's");
  renamed(config.path, "a file again");
  await config.says("a file again");
  expect(config.told).toEqual(["two", "three", "one", "four", "a file again"]);
});

test("it is seen through a link to its directory, which is replaced", async () => {
  using config = new Watched();
  for (const name of ["one", "two"]) {
    mkdirSync(join(config.directory, name));
    writeFileSync(join(config.directory, name, "taskmux.toml"), name);
  }
  const current = join(config.directory, "current");
  symlinkSync("one", current);
  config.start(join(current, "taskmux.toml"));
  writeFileSync(join(config.directory, "one/taskmux.toml"), "1");
  await config.says("1");
  symlinkSync("two", `${current}.new`);
  renameSync(`${current}.new`, current);
  await config.says("two");
  writeFileSync(join(config.directory, "two/taskmux.toml"), "2");
  await config.says("2");
  expect(config.told).toEqual(["1", "two", "2"]);
});

test("a directory that isn't there yet is waited for", async () => {
  using config = new Watched();
  const path = join(config.directory, "later/taskmux.toml");
  config.start(path);
  mkdirSync(dirname(path));
  writeFileSync(path, "one");
  await config.says("one");
});

test("once it is ended nothing is reported any more", async () => {
  using config = new Watched();
  let told = 0;
  new ConfigWatch(config.path, () => told++).end();
  config.start();
  writeFileSync(config.path, "two");
  await config.says("two");
  expect(told).toBe(0);
});

test("another file is watched with it: made, changed and removed", async () => {
  using config = new Watched();
  const other = join(config.directory, "later/tasks.json");
  const seen: (string | null)[] = [];
  const watch = new ConfigWatch(config.path, () => seen.push(readText(other)), false, other);
  mkdirSync(dirname(other));
  writeFileSync(other, "1");
  await eventually(() => seen.at(-1) === "1");
  renamed(other, "2");
  await eventually(() => seen.at(-1) === "2");
  unlinkSync(other);
  await eventually(() => seen.length > 2 && seen.at(-1) === null);
  watch.end();
});

test("a reading has the project and the text that it was read from", async () => {
  using config = new Watched('name = "demo"\n[tasks]\nweb = "serve"\n');
  const { path, directory } = config;
  const watch = config.start();
  const { text, project } = await watch.read("other");
  expect(text).toContain("serve");
  expect(project).toMatchObject({ session: "other", configPath: path, directory });
  writeFileSync(path, "[tasks");
  expect(isFailure((await watch.read(null)).project)).toBe(true);
  unlinkSync(path);
  expect(await watch.read(null)).toMatchObject({ text: null, project: { code: "E100" } });
});

test("a reading waits for the end of a save", async () => {
  using config = new Watched();
  const watch = config.start();
  truncateSync(config.path);
  const reading = watch.read(null);
  // Longer than a file with content has to be left alone.
  await Bun.sleep(200);
  writeFileSync(config.path, "two");
  expect((await reading).text).toBe("two");
});

test("what was read and is taken back at once is reported", async () => {
  using config = new Watched();
  const watch = config.start();
  writeFileSync(config.path, "two");
  await watch.read(null);
  writeFileSync(config.path, "one");
  await config.says("one");
});
