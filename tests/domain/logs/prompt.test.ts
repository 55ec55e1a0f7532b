import { expect, test } from "bun:test";
import {
  type OpenLine,
  openLine,
  PROGRESS_AFTER,
  PROMPT_AFTER,
  promptAt,
  shownPrompt,
} from "../../../src/domain/logs/prompt.ts";

/** The unfinished line after each output: the time in ms, and its text then. */
type Outputs = [at: number, text: string | null][];

const afterAll = (outputs: Outputs): OpenLine | null =>
  outputs.reduce<OpenLine | null>((line, [at, text]) => openLine(line, text, at), null);

const ROWS: [what: string, outputs: Outputs, at: number | null][] = [
  [
    "a line that has ended",
    [
      [0, "a? "],
      [5, null],
    ],
    null,
  ],
  ["a prompt", [[10, "a? "]], 10 + PROMPT_AFTER],
  [
    "a prompt that comes in parts",
    [
      [10, "a"],
      [20, "a? "],
    ],
    20 + PROMPT_AFTER,
  ],
  [
    "output that changes nothing",
    [
      [10, "a? "],
      [500, "a? "],
      [900, "a? "],
    ],
    10 + PROMPT_AFTER,
  ],
  [
    "the same prompt after another line",
    [
      [10, "a? "],
      [500, null],
      [510, "a? "],
    ],
    510 + PROMPT_AFTER,
  ],
  [
    "a typed answer, with one correction",
    [
      [0, "? "],
      [1, "? yy"],
      [2, "? y"],
    ],
    2 + PROMPT_AFTER,
  ],
  [
    "a spinner",
    [
      [0, "|"],
      [100, "/"],
      [200, "-"],
      [300, "\\"],
    ],
    300 + PROGRESS_AFTER,
  ],
  [
    "a progress bar",
    [
      [0, "1%"],
      [1, "2%"],
      [2, "3%"],
      [3, "44%"],
    ],
    3 + PROGRESS_AFTER,
  ],
  [
    "dots",
    [
      [0, "."],
      [1, ".."],
      [2, "..."],
      [3, "...."],
    ],
    3 + PROMPT_AFTER,
  ],
  [
    "a prompt after a progress bar's line",
    [
      [0, "1%"],
      [1, "2%"],
      [2, "3%"],
      [3, "44%"],
      [4, null],
      [5, "a? "],
    ],
    5 + PROMPT_AFTER,
  ],
];

test.each(ROWS)("when %s counts as a prompt", (_, outputs, at) => {
  const line = afterAll(outputs);
  expect(line && promptAt(line)).toBe(at);
});

test.each([
  ["Use 3001?\t(Y/n)  ", "Use 3001? (Y/n)"],
  ["a".repeat(300), "a".repeat(300)],
  [`${"a".repeat(300)} ok? `, `…${"a".repeat(296)} ok?`],
  ["\u{1f600}".repeat(151), `…${"\u{1f600}".repeat(150)}`],
  [`${"\u{1f600}".repeat(150)}x`, `…\uFFFD${"\u{1f600}".repeat(149)}x`],
])("of %j is shown %j", (text, shown) => {
  expect(shownPrompt(text)).toBe(shown);
});
