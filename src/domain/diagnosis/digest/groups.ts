import { isoOfStamp } from "../../logs/line.ts";
import type { OwnFrame } from "./own-frames.ts";
import { frameText } from "./own-frames.ts";

/** Errors of a run that say the same at the same place. */
export interface ErrorGroup {
  /** One line: the message, and `<-` before that of the innermost cause. */
  text: string;
  /** Places in the project's own files, `api/discount.js:1 discount`; the nearest to the throw first. */
  frames: string[];
  count: number;
  /** ISO 8601, UTC, with Z. */
  first_at: string;
  last_at: string;
  /** The same for the same error in another run. */
  fingerprint: string;
}

/** Groups that are kept while a run is read; the one that is longest ago goes. */
const MOST_KEPT = 64;
const MOST_SHOWN = 5;
const MOST_FRAMES = 3;
const MOST_TEXT = 300;

/** An error of a run. */
export interface FoundError {
  text: string;
  frames: readonly OwnFrame[];
  /** When its first line was written. */
  stamp: string;
}

/** The errors of a run, by what they say and where. */
export class ErrorGroups {
  /** By fingerprint, the newest last. */
  readonly #groups = new Map<string, ErrorGroup>();

  add({ text, frames, stamp }: FoundError): void {
    const at = isoOfStamp(stamp);
    const fingerprint = fingerprintOf(text, frames[0]);
    const known = this.#groups.get(fingerprint);
    this.#groups.delete(fingerprint);
    this.#groups.set(fingerprint, {
      text: shortened(text),
      frames: frames.slice(0, MOST_FRAMES).map(frameText),
      count: (known?.count ?? 0) + 1,
      first_at: known?.first_at ?? at,
      last_at: at,
      fingerprint,
    });
    const [oldest] = this.#groups.keys();
    if (this.#groups.size > MOST_KEPT) this.#groups.delete(oldest!);
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** The newest groups but those with these fingerprints, the newest last. */
  newest(except: ReadonlySet<string> = new Set()): ErrorGroup[] {
    const others = [...this.#groups.values()].filter(({ fingerprint }) => !except.has(fingerprint));
    const byTime = others.toSorted((a, b) => Date.parse(a.last_at) - Date.parse(b.last_at));
    return byTime.slice(-MOST_SHOWN);
  }

  /** The fingerprints of all groups that are kept. */
  fingerprints(): Set<string> {
    return new Set(this.#groups.keys());
  }
}

const shortened = (text: string): string =>
  (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT - 1)}…` : text).toWellFormed();

/** Eight hex digits of the message without what differs from time to time, and of its place without the line. */
function fingerprintOf(text: string, frame: OwnFrame | undefined): string {
  const place = frame === undefined ? "" : `${frame.file} ${frame.name ?? ""}`;
  return hashOf(`${place}\n${withoutValues(text)}`);
}

/** Blanks quoted parts, and what {@link withoutNumbers} does. */
const withoutValues = (text: string): string =>
  withoutNumbers(text.replace(/"[^"]*"|`[^`]*`|(?<!\w)'[^']*'/g, "Q"));

/** Blanks hex numbers, UUIDs and digits. */
export const withoutNumbers = (text: string): string =>
  text.replace(/\b(?:0x)?[0-9a-f]{8,}\b(?:-[0-9a-f]{4,})*/gi, "0").replace(/\d+/g, "0");

/** FNV-1a, 32 bits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
