import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { missingEnvFiles, readEnvFiles } from "../../../src/adapters/config/env-file.ts";
import { directoryWith } from "../../helpers/directory.ts";

describe("readEnvFiles", () => {
  test.each([
    ["A=1\nB=p#ss # note\n", { A: "1", B: "p#ss" }],
    ["\uFEFFA=1", { A: "1" }],
    ["A=é", { A: "é" }],
    ["A=$KNOWN/x", { A: "known/x" }],
    ["", {}],
  ])("%j", (text, variables) => {
    using root = directoryWith({ ".env": text });
    expect(readEnvFiles([join(root.path, ".env")], { KNOWN: "known" })).toEqual(variables);
  });

  test("lets a file refer to those before it", () => {
    using root = directoryWith({ a: "A=1", b: "B=$A$KNOWN" });
    const files = [join(root.path, "a"), join(root.path, "b")];
    expect(readEnvFiles(files, { KNOWN: "2" })).toEqual({ A: "1", B: "12" });
  });

  test("names the line of what can't be read", () => {
    using root = directoryWith({ a: 'A=1\nB="x' });
    const path = join(root.path, "a");
    expect(readEnvFiles([path], {})).toMatchObject({
      code: "E104",
      message: `The env_file ${path}, line 2: the quote of B is not closed`,
    });
  });

  test("lets later files win", () => {
    using root = directoryWith({ a: "A=1\nB=1", b: "B=2" });
    expect(readEnvFiles([join(root.path, "a"), join(root.path, "b")], {})).toEqual({
      A: "1",
      B: "2",
    });
  });

  test("lets a file with ? be missing, and no other", () => {
    using root = directoryWith({ a: "A=1" });
    expect(readEnvFiles([join(root.path, "a?"), join(root.path, "no?")], {})).toEqual({ A: "1" });
    const path = join(root.path, "no");
    expect(readEnvFiles([path], {})).toMatchObject({
      code: "E104",
      message: `The env_file ${path} doesn't exist`,
      hint: "Create it, or add ? to its name if it may be missing.",
    });
  });

  test("fails for what is there, but no text", () => {
    using root = directoryWith({ latin: Buffer.from("A=\xe9", "latin1"), nul: "A=\0" });
    mkdirSync(join(root.path, "directory"));
    for (const name of ["latin", "nul", "directory?"]) {
      expect(readEnvFiles([join(root.path, name)], {})).toMatchObject({ code: "E104" });
    }
  });
});

test("missing files have their place in the list", () => {
  using root = directoryWith({ a: "" });
  const file = (name: string) => join(root.path, name);
  expect(missingEnvFiles([file("a"), file("b"), file("c?"), file("d")])).toEqual([
    { file: file("b"), index: 1, count: 4 },
    { file: file("d"), index: 3, count: 4 },
  ]);
});
