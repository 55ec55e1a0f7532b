import { expect, test } from "bun:test";
import { type LogMark, parseMark } from "../../../src/domain/logs/marks.ts";

const TABLE: [fields: string, mark: LogMark | null][] = [
  ["7776;k1;start;r1;4242", { kind: "start", run: "r1", pid: "4242" }],
  ["7776;k1;exit;r1;1;exit", { kind: "exit", run: "r1", status: 1 }],
  ["7776;k1;exit;r1;9;signal", { kind: "signal", run: "r1", signal: 9 }],
  ["7776;k1;note;120", { kind: "note", length: 120 }],
  ["7776;k1;note;0", { kind: "note", length: 0 }],
  ["7776;k1;note", { kind: "note", length: null }],
  ["7776;k1;note;99999", null],
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

test.each(TABLE)("%s", (fields, mark) => expect(parseMark(fields.split(";"), "k1")).toEqual(mark));

test("without a key nothing is a mark", () => {
  expect(parseMark(["7776", "", "note"], "")).toBeNull();
});
