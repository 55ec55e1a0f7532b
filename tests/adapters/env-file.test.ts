import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { missingEnvFiles, readEnvFiles } from "../../src/adapters/env-file.ts";
import { directoryWith } from "../helpers/directory.ts";

describe("readEnvFiles", () => {
  test.each([
    ["A=1\nB = two words \n", { A: "1", B: "two words" }],
    ["export A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    [`A='x # y' # note\nB="a\\nb"\nC=\`t\`\n# D=1\n\n`, { A: "x # y", B: "a\nb", C: "t" }],
    [`A="one\ntwo"\nB=2`, { A: "one\ntwo", B: "2" }],
    ["A=\nB=a=b", { A: "", B: "a=b" }],
    ["A=$HOME\nB=${A}\nC=$(id)\nD=`id`", { A: "$HOME", B: "${A}", C: "$(id)", D: "id" }],
    ["\uFEFFA=1", { A: "1" }],
    ["A=é", { A: "é" }],
    ["A=1\nA=2", { A: "2" }],
    ["", {}],
  ])("%j", (text, variables) => {
    using root = directoryWith({ ".env": text });
    expect(readEnvFiles([join(root.path, ".env")])).toEqual(variables);
  });

  test("lets later files win", () => {
    using root = directoryWith({ a: "A=1\nB=1", b: "B=2" });
    expect(readEnvFiles([join(root.path, "a"), join(root.path, "b")])).toEqual({ A: "1", B: "2" });
  });

  test("lets a file with ? be missing, and no other", () => {
    using root = directoryWith({ a: "A=1" });
    expect(readEnvFiles([join(root.path, "a?"), join(root.path, "no?")])).toEqual({ A: "1" });
    const path = join(root.path, "no");
    expect(readEnvFiles([path])).toMatchObject({
      code: "E104",
      message: `The env_file ${path} doesn't exist`,
      hint: "Make it, or end its name in ? if it may be missing.",
    });
  });

  test("fails for what is there, but no text", () => {
    using root = directoryWith({ latin: Buffer.from("A=\xe9", "latin1"), nul: "A=\0" });
    mkdirSync(join(root.path, "directory"));
    for (const name of ["latin", "nul", "directory?"]) {
      expect(readEnvFiles([join(root.path, name)])).toMatchObject({ code: "E104" });
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
