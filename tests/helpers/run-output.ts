/** A failed test, or an error outside of all tests. */
export interface TestFailure {
  /** Its file, and what `bun test` calls it. */
  name: string;
  /** What was printed before it and about it; empty if nothing was. */
  reason: string;
}

const FILE = /^(tests\/\S+):$/;
const CRASH = /^\S+ (tests\/\S+) (\(worker crashed.*\))$/;
const ERROR_HEAD = "# Unhandled error between tests";
const ERROR_RULE = /^-{10,}$/;
/** With few processes `bun test` lists the failed tests once more at its end. */
const LIST_HEAD = /^\d+ tests (?:failed|skipped|todo):$/;

/** All failures that the output of `bun test` tells of, in its order. */
export function failuresOf(output: string): TestFailure[] {
  const reader = new OutputReader();
  for (const line of Bun.stripANSI(output).split("\n")) reader.read(line);
  return reader.failures();
}

class OutputReader {
  readonly #found: { name: string; lines: string[] }[] = [];
  #file = "";
  /** What was printed since the last test. */
  #before: string[] = [];
  /** Of an error outside of tests: the number of rules that were read, of two. */
  #rules: number | null = null;
  #isInList = false;

  failures(): TestFailure[] {
    return this.#found.map(({ name, lines }) => ({ name, reason: reasonOf(lines) }));
  }

  read(line: string): void {
    if (this.#rules !== null) return this.#readError(line);
    this.#isInList = LIST_HEAD.test(line) || (this.#isInList && line !== "");
    if (this.#isInList) return;
    if (line === ERROR_HEAD) {
      this.#fail("error between tests");
      this.#rules = 0;
      return;
    }
    const file = FILE.exec(line);
    const crash = CRASH.exec(line);
    if (file) this.#file = file[1]!;
    if (crash) this.#file = crash[1]!;
    if (crash) return this.#fail(crash[2]!);
    if (line.startsWith("(fail) ")) return this.#fail(line.slice("(fail) ".length));
    // What a test's line is followed by: that it timed out.
    if (line.startsWith("  ^ ")) return void this.#found.at(-1)?.lines.push(line);
    if (file || /^\((?:pass|skip|todo)\) /.test(line)) this.#before = [];
    else this.#before.push(line);
  }

  #fail(name: string): void {
    this.#found.push({ name: `${this.#file}: ${name}`, lines: this.#before });
    this.#before = [];
  }

  #readError(line: string): void {
    const error = this.#found.at(-1)!;
    if (ERROR_RULE.test(line)) this.#rules!++;
    else error.lines.push(line);
    if (line.startsWith("error: ")) error.name += `: ${line.slice("error: ".length)}`;
    if (this.#rules === 2) this.#rules = null;
  }
}

/** Without the blank lines around it. */
const reasonOf = (lines: string[]): string =>
  lines
    .join("\n")
    .replace(/^(?:\s*\n)+/, "")
    .trimEnd();

/** Characters of all reasons at the end, and of all names: CI keeps the last 10,000 of an output. */
const REASONS_LENGTH = 5500;
const NAMES_LENGTH = 3500;

/**
 * The reasons of all failures once more, each cut to its end, and last their names. `failed` is how many there are;
 * null if there are none.
 */
export function failureReport(output: string, failed: number): string | null {
  const failures = failuresOf(output);
  if (failed === 0 && failures.length === 0) return null;
  const share = (length: number) => Math.floor(length / failures.length);
  const reasons = failures.map(({ name, reason }) => {
    const end = endOf(reason, Math.max(800, share(REASONS_LENGTH)));
    return `${end}${end && "\n"}(fail) ${name}\n`;
  });
  const width = Math.max(40, Math.min(200, share(NAMES_LENGTH) - 3));
  const names = failures.map(({ name }) => `  ${name.slice(0, width)}`);
  const untold = failed - failures.length;
  if (untold > 0) names.push(`  ${untold} that the output does not name: it may have ended early`);
  return `\n${reasons.join("\n")}\nFailed:\n${names.join("\n")}\n`;
}

/** The last whole lines of at most this length; of a longer last line its end. */
function endOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = text.slice(-length);
  return `...\n${end.slice(end.indexOf("\n") + 1)}`;
}
