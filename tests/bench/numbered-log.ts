import { existsSync, readFileSync } from "node:fs";

/** A log of a task that prints numbered lines, each once, in order. */
export class NumberedLog {
  constructor(readonly path: string) {}

  static line(number: string): string {
    return `number ${number} of the lines that a task prints, with some sixty letters.`;
  }

  has(number: number): boolean {
    return this.#text().includes(` ${NumberedLog.line(`${number}`)}\n`);
  }

  /** What is wrong with the lines 1 to `count`. */
  check(count: number): {
    lost: number;
    repeated: number;
    torn: number;
    disordered: number;
    /** Whether a note in the log tells that lines may be missing. */
    isSaid: boolean;
  } {
    const lines = this.#text().split("\n").slice(0, -1);
    const own = lines.filter((line) => !line.includes(" [taskmux] "));
    const found = own.flatMap((line) => numberOf(line) ?? []);
    const distinct = new Set(found).size;
    return {
      lost: count - distinct,
      repeated: found.length - distinct,
      torn: own.length - found.length,
      disordered: found.filter((number, index) => number < (found[index - 1] ?? 0)).length,
      isSaid: lines.some((line) => /\[taskmux\] .*missing/.test(line)),
    };
  }

  #text(): string {
    return existsSync(this.path) ? readFileSync(this.path, "utf8") : "";
  }
}

const PATTERN = new RegExp(`^\\S+ ${NumberedLog.line("(\\d+)").replaceAll(".", "\\.")}$`);

function numberOf(line: string): number | null {
  const match = PATTERN.exec(line);
  return match ? Number(match[1]) : null;
}
