import { expect, test } from "bun:test";
import { isEditorFile } from "../../../src/domain/watch/editor-files.ts";

test.each([
  "4913",
  ".a.py.swp",
  "a.swp",
  ".a.swx",
  ".a.swo",
  "a.py~",
  ".#a.py",
  "#a.py#",
  "a.py___jb_tmp___",
])("%s is an editor's", (name) => expect(isEditorFile(name)).toBe(true));

test.each(["a.py", "49131", "4914", "swp", "a.swift", "#a", "a~b"])("%s is not", (name) =>
  expect(isEditorFile(name)).toBe(false),
);
