import { expect, test } from "bun:test";
import { join } from "node:path";
import { directoryWith } from "../helpers/directory.ts";
import { NumberedLog } from "./numbered-log.ts";

const STAMP = "2024-01-01T14:00:00.000";
const line = (number: number): string => `${STAMP} ${NumberedLog.line(`${number}`)}\n`;
const NOTE = `${STAMP} [taskmux] log lines may be missing here: the log hub was killed\n`;
const RIGHT = { lost: 0, repeated: 0, torn: 0, disordered: 0, isSaid: false };

test.each([
  ["all lines", line(1) + line(2) + line(3), RIGHT],
  ["one is missing", line(1) + line(3), { ...RIGHT, lost: 1 }],
  [
    "one is missing, and that is said",
    line(1) + NOTE + line(3),
    { ...RIGHT, lost: 1, isSaid: true },
  ],
  ["one is there twice", line(1) + line(2) + line(2) + line(3), { ...RIGHT, repeated: 1 }],
  ["one comes late", line(2) + line(1) + line(3), { ...RIGHT, disordered: 1 }],
  ["one is torn", line(1) + `${line(2).slice(0, 50)}\n` + line(3), { ...RIGHT, lost: 1, torn: 1 }],
])("%s", (_what, text, found) => {
  using directory = directoryWith({ log: text });
  expect(new NumberedLog(join(directory.path, "log")).check(3)).toEqual(found);
});
