import { expect, test } from "bun:test";
import { fitRows, rowsOf } from "../../../src/cli/render/live-rows.ts";

const PARTS = { head: ["demo", "TASK"], tasks: ["a", "b", "c"], events: ["1", "2"], foot: ["C-c"] };

test.each([
  [9, ["demo", "TASK", "a", "b", "c", "", "1", "2", "C-c"]],
  [Infinity, ["demo", "TASK", "a", "b", "c", "", "1", "2", "C-c"]],
  [8, ["demo", "TASK", "a", "b", "c", "", "2", "C-c"]],
  [7, ["demo", "TASK", "a", "b", "c", "", "C-c"]],
  [6, ["demo", "TASK", "a", "b", "c", "C-c"]],
  [5, ["demo", "TASK", "a", "... and 2 more", "C-c"]],
  [4, ["demo", "TASK", "... and 3 more", "C-c"]],
  [3, ["demo", "TASK", "C-c"]],
])("%p rows show %j", (rows, lines) => {
  expect(fitRows(PARTS, rows)).toEqual(lines);
});

test.each([
  [6, 2, ["demo", "TASK", "a", "b", "c", "C-c"]],
  [5, 0, ["demo", "TASK", "a", "... and 2 more", "C-c"]],
  [5, 2, ["demo", "TASK", "c", "... and 2 more", "C-c"]],
  [4, 2, ["demo", "TASK", "... and 3 more", "C-c"]],
])("%p rows with task %p selected show %j", (rows, selected, lines) => {
  expect(fitRows({ ...PARTS, events: [] }, rows, selected).filter(Boolean)).toEqual(lines);
});

test.each([
  [["a", ""], 80, 2],
  [["a".repeat(80)], 80, 1],
  [["a".repeat(81), "b"], 80, 3],
  [["\u001b[1ma\u001b[22m"], 1, 1],
  [["a".repeat(500)], Infinity, 1],
])("%j take on %p columns %p rows", (lines, width, rows) => {
  expect(rowsOf(lines, width)).toBe(rows);
});
