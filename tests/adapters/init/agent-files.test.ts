import { expect, test } from "bun:test";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { readContextFile, writeContextFile } from "../../../src/adapters/init/agent-files.ts";
import { Failure, isFailure } from "../../../src/domain/failure.ts";
import { directoryWith } from "../../helpers/directory.ts";

function replace(directory: string, name: string, change: (text: string) => string): void {
  const file = readContextFile(directory, name);
  if (isFailure(file)) throw new Error(file.message);
  expect(writeContextFile(file, change(file.text ?? ""))).toBeNull();
}

test("a file that isn't there is made, and nothing else", () => {
  using directory = directoryWith({});
  replace(directory.path, "AGENTS.md", () => "x\n");
  expect(readdirSync(directory.path)).toEqual(["AGENTS.md"]);
  expect(readFileSync(join(directory.path, "AGENTS.md"), "utf8")).toBe("x\n");
});

test("the bytes of a file stay what they are, in whatever encoding, and so does its mode", () => {
  const bytes = Uint8Array.from({ length: 255 }, (_, index) => index + 1);
  using directory = directoryWith({ "CLAUDE.md": bytes });
  const path = join(directory.path, "CLAUDE.md");
  chmodSync(path, 0o640);
  replace(directory.path, "CLAUDE.md", (text) => `${text}!`);
  expect(new Uint8Array(readFileSync(path))).toEqual(Uint8Array.of(...bytes, 33));
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(directory.path)).toEqual(["CLAUDE.md"]);
});

test("a symbolic link stays one, and what it leads to in the repository is written", () => {
  using directory = directoryWith({ "AGENTS.md": "notes\n", ".git/HEAD": "" });
  const inside = join(directory.path, "packages/web");
  mkdirSync(inside, { recursive: true });
  symlinkSync("../../AGENTS.md", join(inside, "CLAUDE.md"));
  replace(inside, "CLAUDE.md", (text) => `${text}ours\n`);
  expect(lstatSync(join(inside, "CLAUDE.md")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(directory.path, "AGENTS.md"), "utf8")).toBe("notes\nours\n");
});

test("a link that leads out of the project is refused, and what it leads to is not touched", () => {
  using outside = directoryWith({ ".profile": "mine\n" });
  using directory = directoryWith({ ".git/HEAD": "" });
  const target = join(outside.path, ".profile");
  symlinkSync(target, join(directory.path, "CLAUDE.md"));
  const file = readContextFile(directory.path, "CLAUDE.md");
  expect(file).toBeInstanceOf(Failure);
  expect(file).toMatchObject({ code: "E106", message: expect.stringContaining(target) });
});

test("a directory, a link to nowhere and what is no text are refused", () => {
  using directory = directoryWith({ "a/x": "", "utf16.md": "\xff\xfea\0" });
  symlinkSync("nowhere", join(directory.path, "link.md"));
  for (const name of ["a", "link.md", "utf16.md"]) {
    expect(readContextFile(directory.path, name)).toMatchObject({ code: "E106" });
  }
});

test("a write that fails leaves the file and no other behind", () => {
  using directory = directoryWith({ "CLAUDE.md": "mine", file: "" });
  const target = join(directory.path, "file/CLAUDE.md");
  expect(writeContextFile({ target, text: null, mode: null }, "x")).toMatchObject({ code: "E106" });
  expect(readdirSync(directory.path).toSorted()).toEqual(["CLAUDE.md", "file"]);
});
