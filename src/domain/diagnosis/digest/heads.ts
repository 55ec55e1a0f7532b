import { isGutter } from "./echo.ts";
import { looksLikeError } from "./error-words.ts";

/** What wrote a block, where its lines follow rules of their own; "summary": a line that only counts errors. */
export type BlockKind =
  "plain" | "python" | "pytest" | "vitest" | "go" | "rust" | "ruby" | "php" | "summary";

/** The first lines that are recognised by more than their words. */
const HEADS: readonly [kind: BlockKind, pattern: RegExp][] = [
  ["python", /^(?:Exception Group )?Traceback \(most recent call last\):/],
  ["vitest", /^ ?FAIL {1,2}\S+ > /],
  ["pytest", /^_{3,} \S.* _{3,}$/],
  ["go", /^(?:panic: |fatal error: |goroutine \d+ \[)/],
  ["rust", /^thread '.*'(?: \(\d+\))? panicked at /],
  ["ruby", /^[^\s:][^:]*:\d+:in [`'].*': \S/],
  ["php", /^(?:PHP )?(?:Fatal|Parse) error: {1,2}\S/],
  ["plain", /^(?:vet: )?[^\s:]+\.go:\d+:\d+: \S/],
  ["plain", /^--- FAIL: /],
];

/** The mark with which some tools begin an error, even indented. */
const SYMBOL = /^ {0,2}(?:[⨯✗✖×✘●]|FAIL) {1,2}\S/;

/** Lines that count errors which were printed before, or name a command that failed. */
const SUMMARY = new RegExp(
  [
    "^(?:Found )?\\d+ (?:error|failure|problem)s?\\b",
    "^[✖✗] (?:\\d+ problems?|Build failed)",
    "^(?:Test Suites|Tests|Snapshots):|^⎯",
    "^FAIL(?:ED)?(?:$|[\\t ])",
    "^(?:FAILED|ERROR) \\S+::",
    "^=+ .* =+$",
    "^\\d+ (?:failed|passed)\\b",
    "^\\(Use `",
    "\\[\\d+ errors?\\]$",
    "\\bcompiled with \\d+ errors?\\b",
    "^(?:error: could not compile|error: aborting due to|error Command failed with|For more information about)",
    "^npm (?:ERR!|error)",
    "^(?:BUILD FAIL|FAILURE: Build failed|Execution failed for task)",
    "^\\[ERROR\\](?:$| {2}| (?:\\[Help|->|Re-run|To see|For more|COMPILATION|Failed to execute))",
    "\\bFound \\d+ errors?\\b",
    "^make(?:\\[\\d+\\])?: \\*\\*\\*",
    "\\b(?:ELIFECYCLE|exit(?:ed with)? code \\d+|exit status \\d+)\\b",
  ].join("|"),
);

/** Lines that name a lower level. */
const LOWER_LEVEL =
  /\b(?:INFO|DEBUG|TRACE|WARN|WARNING)\b|\[(?:info|debug|trace|warn|warning)\]|\blevel=(?:info|debug|trace|warn)|"level": ?(?:"(?:info|debug|trace|warn)"|[1-4]0\b)/;

/** How much of a line is searched for its level. */
const LEVEL_PLACE = 120;

const INDENTED = /^(?:\t| {2}| [->|@╭│·❯\d])/;

/** Whether a line is indented, as the body of an error is. */
export const isIndented = (line: string): boolean => INDENTED.test(line);

/** Whether a line begins an error by a mark of its tool. */
export const hasErrorSymbol = (line: string): boolean => SYMBOL.test(line) && !SUMMARY.test(line);

/** The kind of the block that a line begins; null if it begins none. */
export function kindOfHead(line: string): BlockKind | null {
  const first = line.charCodeAt(0);
  const isIndentedLine = first === 0x20 || first === 0x09;
  if (isIndentedLine && !hasErrorSymbol(line)) return null;
  const kind = HEADS.find(([, pattern]) => pattern.test(line))?.[0];
  if (kind !== undefined || isIndentedLine) return kind ?? "plain";
  const isError = looksLikeError(line);
  if (!isError && !SYMBOL.test(line)) return null;
  if (SUMMARY.test(line)) return "summary";
  const isOther =
    isGutter(line) || line.startsWith("> ") || LOWER_LEVEL.test(line.slice(0, LEVEL_PLACE));
  return isOther ? null : "plain";
}

/** A line that may stand before an error: Node's `PATH:N`, Python's `File`, ESLint's path. */
export const isPreamble = (line: string): boolean =>
  /^(?:(?:file:\/\/)?\/\S*|node:\S+):\d+$|^ {2}File "[^"]+", line \d+$|^\/\S.*\.\w+$/.test(line);
