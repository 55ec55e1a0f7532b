import { isCaret, isGutter } from "./echo.ts";
import { frameIn } from "./frames.ts";
import { type BlockKind, hasErrorSymbol, isIndented, kindOfHead } from "./heads.ts";

/** Lines of a block that are kept: the first ones, and the newest. */
const MOST_LINES = 80;
const FIRST_LINES = 40;
/** Lines that a block may have; more are not of an error. */
const MOST_READ = 2000;
/** Time between two lines of a block, ms: a busy machine may print them slowly. */
const LONGEST_PAUSE = 2000;
/** Length of a stamp without its milliseconds. */
const SECOND_LENGTH = "2024-01-01T14:00:00".length;
/** Blank lines inside a block. */
const MOST_BLANKS = 2;
/** Lines in which a head may be followed by what it announces. */
const HEAD_LINES = 8;

/** Unindented lines that belong to an error. */
const BODY =
  /^(?:Caused by:|Suppressed: |\[cause\]|[}\])]|\.\.\. \d+ |[Ss]tack (?:back)?trace:|Require stack:|- \/|#\d+ |Emitted '|note: |at |[╭╰│─┬┴])/;
/** Those that belong to it even after a blank line. */
const LATER = /^(?:Caused by:|\[cause\]|[Ss]tack (?:back)?trace:)/;
const CAUSE = /^\s*(?:Caused by:|\[cause\]:)/;
const PYTHON_CHAIN = /^(?:The above exception was|During handling of the above)/;
const PYTHON_HEAD = /^(?:Exception Group )?Traceback \(most recent/;
const PYTEST_END = /^(?:_{3,} \S.* _{3,}|=+ .* =+)$/;
const VITEST_END = /^(?:⎯|\s*(?:FAIL|Test Files) )/;
const GO_BODY =
  /^(?:goroutine \d+ |created by |\[(?:signal|recovered|originating)|panic: |[\w./*()[\]{}·$-]+\(.*\)$)/;
const NPM = /^npm (?:ERR!|error)/;
const RUBY_HEAD = /^[^\s:][^:]*:\d+:in [`']/;
/** A line after which its explanation comes. */
const ANNOUNCES = /:$|^ERROR in \S|^\s*⨯ \S+$/;
/** A compiler's message with its place. */
const OWN_PLACE = /^[^\s:]+:\d+/;

/** The lines of one error, as they come. */
export class Block {
  readonly lines: string[];
  #kind: BlockKind;
  #blanks = 0;
  #lastStamp: string;
  #read = 0;
  /** Python, pytest: the exception itself has come. */
  #isSaid = false;

  /** `stamp`: when its first line was written. `hasPreamble`: its first line names a place, and its message comes later. */
  constructor(
    kind: BlockKind,
    readonly stamp: string,
    lines: readonly string[],
    readonly hasPreamble = false,
  ) {
    this.#kind = kind;
    this.lines = [...lines];
    this.#lastStamp = stamp;
  }

  /** A test runner marks the end of what it says of a test. */
  get #isOfTests(): boolean {
    return this.#kind === "pytest" || this.#kind === "vitest";
  }

  /** Whether it says what went wrong. */
  get isError(): boolean {
    return this.#kind !== "pytest" || this.#isSaid;
  }

  get kind(): BlockKind {
    return this.#kind;
  }

  /** Adds a line, written at `stamp`; false if it doesn't belong to the block, which ends then. */
  take(line: string, stamp: string): boolean {
    if (++this.#read > MOST_READ || this.#isLate(stamp)) return false;
    if (line.trim() === "") return ++this.#blanks <= MOST_BLANKS || this.#isOfTests;
    if (!this.#continues(line)) return false;
    if (this.#blanks > 0) this.#keep("");
    this.#blanks = 0;
    this.#keep(line);
    return true;
  }

  /** An error is printed at once: what comes seconds later is of something else. */
  #isLate(stamp: string): boolean {
    const before = this.#lastStamp;
    this.#lastStamp = stamp;
    const isSameSecond = stamp.slice(0, SECOND_LENGTH) === before.slice(0, SECOND_LENGTH);
    return !isSameSecond && Date.parse(`${stamp}Z`) - Date.parse(`${before}Z`) > LONGEST_PAUSE;
  }

  /** A long trace loses what is in its middle, but not the heads of its causes. */
  #keep(line: string): void {
    this.lines.push(line);
    if (this.lines.length <= MOST_LINES) return;
    const isOfCause = (at: number): boolean =>
      CAUSE.test(this.lines[at] ?? "") || CAUSE.test(this.lines[at - 1] ?? "");
    const dropped = this.lines.findIndex((_, at) => at >= FIRST_LINES && !isOfCause(at));
    this.lines.splice(Math.max(dropped, FIRST_LINES), 1);
  }

  #continues(line: string): boolean {
    switch (this.#kind) {
      case "python":
        return this.#continuesPython(line);
      case "pytest":
        return !PYTEST_END.test(line) && this.#continuesPytest(line);
      case "vitest":
        return !VITEST_END.test(line);
      case "go":
        return line.startsWith("\t") || GO_BODY.test(line);
      case "rust":
        return (
          this.lines.length === 1 || isIndented(line) || /^(?: |stack backtrace:|note: )/.test(line)
        );
      case "ruby":
        return (
          isIndented(line) || (this.#blanks === 0 && RUBY_HEAD.test(line) && line !== this.lines[0])
        );
      case "php":
        return isIndented(line) || BODY.test(line) || /^Next \S/.test(line);
      case "plain":
        return this.#continuesPlain(line);
      case "summary":
        return NPM.test(line) && NPM.test(this.lines[0] ?? "");
    }
  }

  #continuesPython(line: string): boolean {
    if (PYTHON_CHAIN.test(line)) return true;
    if (PYTHON_HEAD.test(line)) {
      const isNext = PYTHON_CHAIN.test(this.#last);
      if (isNext) this.#isSaid = false;
      return isNext;
    }
    if (isIndented(line)) return this.#blanks === 0;
    const isMessage = !this.#isSaid && this.#blanks === 0;
    this.#isSaid = true;
    return isMessage;
  }

  /** A line that only looks like the title of a test must not hide the errors after it. */
  #continuesPytest(line: string): boolean {
    this.#isSaid ||= /^E {2,}/.test(line);
    return this.#isSaid || OWN_PLACE.test(line) || kindOfHead(line) === null;
  }

  #continuesPlain(line: string): boolean {
    if (hasErrorSymbol(line)) return false;
    if (PYTHON_HEAD.test(line)) return this.#becomePython();
    if (isCaret(this.#last)) return this.#continuesEcho(line);
    if (isIndented(line)) return true;
    if (this.#blanks === 0 && (isGutter(line) || BODY.test(line))) return true;
    if (LATER.test(line) || (RUBY_HEAD.test(line) && this.#isRubyTrace)) return true;
    return this.lines.length < HEAD_LINES && ANNOUNCES.test(this.#last);
  }

  /** A logger's line is followed by the trace. */
  #becomePython(): boolean {
    if (this.lines.length > 1 || this.#blanks > 0) return false;
    this.#kind = "python";
    return true;
  }

  /** After the source comes the message, unless that came first, or it is another error. */
  #continuesEcho(line: string): boolean {
    if (isIndented(line)) return true;
    if (this.#blanks > 0) return this.hasPreamble && !isGutter(line);
    return !OWN_PLACE.test(line);
  }

  get #isRubyTrace(): boolean {
    return ANNOUNCES.test(this.#last) || frameIn(this.#last, "") !== null;
  }

  /** The last line that isn't blank. */
  get #last(): string {
    return this.lines.findLast((line) => line !== "") ?? "";
  }
}
