import type { Frame } from "./frames.ts";
import { cleaned } from "./message.ts";

/** ESLint: `  2:22  error  'net' is not defined  no-undef`. */
const LISTED = /^\s+(\d+):\d+\s+(error|warning)\s+(\S.*)$/;

/** An error of a list, and its place. */
export interface ListedError {
  text: string;
  frame: Frame;
}

/** The errors of a list below its file's path, as ESLint prints it. */
export class ListedErrors {
  #file: string | null = null;

  /** The error that a line lists; null if it lists none. */
  read(line: string): ListedError | null {
    const [, number, level, text] = LISTED.exec(line) ?? [];
    if (text === undefined) {
      this.#file = /^\/\S.*\.\w+$/.test(line) ? line : null;
      return null;
    }
    if (this.#file === null || level !== "error") return null;
    const frame: Frame = { file: this.#file, line: Number(number), name: null, kind: "path" };
    return { text: cleaned(text), frame };
  }

  end(): void {
    this.#file = null;
  }
}
