import { isOwnText, withoutColour } from "../../logs/line.ts";
import type { Block } from "./block.ts";
import { type DigestLine, ErrorReader } from "./error-reader.ts";
import { type ErrorGroup, ErrorGroups } from "./groups.ts";
import { linesOfJson } from "./json-line.ts";
import type { ListedError } from "./listed-errors.ts";
import type { ProjectPlaces } from "./own-file.ts";
import { type OwnFrame, ownFrames } from "./own-frames.ts";
import { type ErrorPart, partsOf } from "./parts.ts";
import { programPrefix } from "./program-prefix.ts";

/** Begins a colour: some programs colour lines of JSON. */
const ESCAPE = "\x1b";

/** How much of a line is read, in characters. */
const MOST_OF_LINE = 1000;

/** Maximum number of programs that are distinguished by a prefix; the one that has been silent for longest is dropped. */
const MOST_PROGRAMS = 16;

/**
 * The errors in a run's output, read line by line: a stack trace, or a line that looks like an error, is a block; blocks
 * that say the same are a group. A heuristic: its result is shown, never acted on. The memory it takes is bounded, and the
 * time grows with the output.
 */
export class ErrorDigest {
  readonly #errors = new ErrorGroups();
  /** Lines that only count errors: shown if nothing else is. */
  readonly #summaries = new ErrorGroups();
  readonly #places: ProjectPlaces;
  /** By the prefix of their lines. */
  readonly #readers = new Map<string, ErrorReader>();
  #last: ErrorReader | null = null;

  constructor(places: ProjectPlaces) {
    this.#places = places;
  }

  add({ stamp, text }: DigestLine): void {
    const json = linesOfJson(text.startsWith(ESCAPE) ? withoutColour(text) : text);
    if (json !== null) return this.#addWhole(json, stamp);
    const line = withoutColour(text.slice(0, MOST_OF_LINE)).trimEnd();
    // A mark in the log: an error ends with its run.
    if (isOwnText(line)) this.#end();
    else this.#read(line, stamp);
  }

  /** The newest groups but those of `except`, the newest last; may be called again after more lines. */
  groups(except?: ReadonlySet<string>): ErrorGroup[] {
    this.#end();
    return (this.#errors.isEmpty ? this.#summaries : this.#errors).newest(except);
  }

  /** The fingerprints of all groups so far, also of those that aren't shown. */
  fingerprints(): Set<string> {
    this.#end();
    return new Set([...this.#errors.fingerprints(), ...this.#summaries.fingerprints()]);
  }

  /** Adds the lines of one error; none: nothing was wrong. */
  #addWhole(lines: readonly string[], stamp: string): void {
    const reader = this.#readerOf("");
    if (lines.length > 0) reader.readWhole(lines, stamp);
    else reader.end();
  }

  /** Some loggers write a prefix before the first line of an error only. */
  #read(line: string, stamp: string): void {
    const prefix = programPrefix(line);
    if (prefix === "" && this.#last?.continue({ stamp, text: line })) return;
    const text = prefix === "" ? line : line.slice(prefix.length + 1);
    this.#last = this.#readerOf(prefix);
    this.#last.read({ stamp, text });
  }

  #readerOf(prefix: string): ErrorReader {
    const reader = this.#readers.get(prefix) ?? new ErrorReader(this.#listener);
    this.#readers.delete(prefix);
    this.#readers.set(prefix, reader);
    const [oldest] = this.#readers;
    if (this.#readers.size > MOST_PROGRAMS) {
      oldest![1].end();
      this.#readers.delete(oldest![0]);
    }
    return reader;
  }

  readonly #listener = {
    onBlock: (block: Block): void => this.#addBlock(block),
    onListed: ({ text, frame }: ListedError, stamp: string): void =>
      this.#errors.add({ text, frames: ownFrames([frame], this.#places), stamp }),
  };

  #end(): void {
    for (const reader of this.#readers.values()) reader.end();
  }

  #addBlock(block: Block): void {
    if (!block.isError) return;
    const parts = partsOf(block);
    const [main, cause] = [parts[0]!, parts.length > 1 ? parts.at(-1)! : null];
    const text = cause === null ? main.message : `${main.message} <- ${cause.message}`;
    const error = { text, frames: this.#framesOf(main, cause), stamp: block.stamp };
    (block.kind === "summary" ? this.#summaries : this.#errors).add(error);
  }

  /** Where it was thrown, then where its cause was, then the rest of its trace. */
  #framesOf(main: ErrorPart, cause: ErrorPart | null): OwnFrame[] {
    const outer = ownFrames(main.frames, this.#places);
    if (cause === null) return outer;
    const inner = ownFrames(cause.frames, this.#places);
    const isNew = ({ file, line }: OwnFrame): boolean =>
      !inner.some((one) => one.file === file && one.line === line);
    const [first, ...rest] = outer;
    const before = first !== undefined && isNew(first) ? [first] : [];
    return [...before, ...inner, ...rest.filter(isNew)];
  }
}
