import { expect, test } from "bun:test";
import { type LogMark, parseMark } from "../../src/domain/log-marks.ts";

const table: [fields: string, mark: LogMark | null][] = [
  ["7776;k1;start;r1;4242", { kind: "start", run: "r1", pid: "4242" }],
  ["7776;k1;exit;r1;1;exit", { kind: "exit", run: "r1", status: 1 }],
  ["7776;k1;exit;r1;9;signal", { kind: "signal", run: "r1", signal: 9 }],
  ["7776;k1;note", { kind: "note" }],
  ["7776;k1;end", { kind: "end" }],
  ["7776;k2;start;r1;4242", null],
  ["7776;;start;r1;4242", null],
  ["7776;k1;start;../r1;4242", null],
  ["7776;k1;start;r1;4 2", null],
  ["7776;k1;start;r1", null],
  ["7776;k1;exit;r1;1", null],
  ["7776;k1;exit;r1;1;other", null],
  ["7776;k1;else;r1;1", null],
  ["7776", null],
];

test.each(table)("%s", (fields, mark) => expect(parseMark(fields.split(";"), "k1")).toEqual(mark));

test("without a key nothing is a mark", () => {
  expect(parseMark(["7776", "", "note"], "")).toBeNull();
});
