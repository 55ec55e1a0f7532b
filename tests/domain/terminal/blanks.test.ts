import { expect, test } from "bun:test";
import { LogBlanks } from "../../../src/domain/terminal/blanks.ts";

const blanksOf = (count: number): LogBlanks => {
  const blanks = new LogBlanks();
  for (let kept = 0; kept < count; kept++) expect(blanks.keep()).toBe(true);
  return blanks;
};

test.each([
  [0, 0],
  [4, 4],
  [5, 0],
  [49, 0],
  [1000, 0],
])("of %d empty lines before a cleared screen %d are text", (count, left) => {
  const blanks = blanksOf(count);
  blanks.dropPadding();
  expect(blanks.release()).toBe(left);
});

test("more than a screen has rows are text, and what is released is gone", () => {
  const blanks = blanksOf(1000);
  expect(blanks.keep()).toBe(false);
  expect(blanks.release()).toBe(1000);
  expect(blanks.release()).toBe(0);
  expect(blanks.keep()).toBe(true);
});
