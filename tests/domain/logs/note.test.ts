import { expect, test } from "bun:test";
import { LogNote } from "../../../src/domain/logs/note.ts";

test("a note is as many bytes as were announced, or what has come of them", () => {
  const note = new LogNote();
  expect(note.isExpected).toBe(false);
  note.begin(2);
  note.add(1);
  expect(note.isExpected).toBe(true);
  note.add(2);
  expect(note.isExpected).toBe(false);
  expect(note.take()).toEqual(Uint8Array.of(1, 2));
  note.begin(5);
  note.add(3);
  expect(note.take()).toEqual(Uint8Array.of(3));
  expect(note.isExpected).toBe(false);
});
