import { expect, test } from "bun:test";
import { refusedBySystem, thrownFailure } from "../../src/domain/system-error.ts";

const refusal = (code: string, syscall: string, path?: string): Error =>
  Object.assign(new Error(`${code}: whatever, ${syscall}`), { code, syscall, path });

const STATE = "/home/me/.taskmux/run/p/lock";

test.each([
  [
    refusal("ENOSPC", "write", STATE),
    `Can't write ${STATE}: no space left on the device`,
    "Free some space; `df -h` shows which file system is full.",
  ],
  [
    refusal("EROFS", "open", STATE),
    `Can't open ${STATE}: the file system is read-only`,
    "Set HOME to a writable directory.",
  ],
  [
    refusal("EACCES", "open", STATE),
    `Can't open ${STATE}: permission denied`,
    'If sudo made it, give it back: sudo chown -R "$(id -un)" ~/.taskmux',
  ],
  [
    refusal("EACCES", "mkdir", "/nonexistent/.taskmux"),
    "Can't make the directory /nonexistent/.taskmux: permission denied",
    "Set HOME to a writable directory.",
  ],
  [
    refusal("EACCES", "rename", "/p/taskmux.toml"),
    "Can't replace /p/taskmux.toml: permission denied",
    "Check its owner and mode: ls -ld /p/taskmux.toml",
  ],
  [
    refusal("EMFILE", "socketpair"),
    "Can't start a program: this process has too many files open",
    "Raise the limit of open files: ulimit -n 4096",
  ],
  [refusal("EOTHER", "odd", "/x"), "Can't do 'odd' with /x: EOTHER: whatever, odd", undefined],
])("%p is what the system withholds: %s", (error, message, hint) => {
  expect(refusedBySystem(error)).toMatchObject({ code: "E106", message, hint });
  expect(thrownFailure(error)).toMatchObject({ code: "E106", message });
});

test.each([
  new TypeError("x is undefined"),
  refusal("EBADF", "close"),
  refusal("EINVAL", "ftruncate"),
  Object.assign(new Error("no syscall"), { code: "ENOSPC" }),
  "a text",
])("%p is a bug", (error) => {
  expect(refusedBySystem(error)).toBeNull();
  expect(thrownFailure(error)).toMatchObject({ code: "E900", hint: "This is a bug in taskmux." });
});
