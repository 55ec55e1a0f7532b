import { expect, test } from "bun:test";
import { closeSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isFileAt, openLocked } from "../../../src/adapters/system/locked-file.ts";
import { directoryWith } from "../../helpers/directory.ts";

const open = (path: string): number => openSync(path, "a", 0o600);

test("a file's lock is had once, and again when it was let go", () => {
  using root = directoryWith({});
  const path = join(root.path, "lock");
  const first = openLocked(path, open)!;
  expect(isFileAt(path, first)).toBe(true);
  expect(openLocked(path, open)).toBeNull();
  closeSync(first);
  const second = openLocked(path, open);
  expect(second).not.toBeNull();
  closeSync(second!);
});

test.each([
  ["removed", (path: string) => rmSync(path)],
  ["made again", (path: string) => (rmSync(path), writeFileSync(path, ""))],
  ["replaced by a rename", (path: string) => renameSync(`${path}.next`, path)],
])("a file that is %s between its opening and its locking has no lock to give", (_how, take) => {
  using root = directoryWith({ "lock.next": "" });
  const path = join(root.path, "lock");
  const late = openLocked(path, () => {
    const fd = open(path);
    linkSync(path, `${path}.before`);
    take(path);
    return fd;
  });
  expect(late).toBeNull();
  // Nothing holds that file's lock any more.
  const before = openLocked(`${path}.before`, open);
  expect(before).not.toBeNull();
  closeSync(before!);
});
