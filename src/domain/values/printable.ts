// Text from a task, a config, a check, a file name or another program may hold control characters, which a terminal
// executes: they set its title, fill the clipboard, or make it answer as if someone had typed. Only these functions make
// such text safe to print. A control character becomes U+FFFD, so that the reader sees where it was; colours (SGR) are
// removed silently, since ordinary programs print them.

/** C0 except tab and line feed, DEL, C1. */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
const EVERY_CONTROL = new RegExp(CONTROLS, "g");

/** Select Graphic Rendition (ECMA-48, 8.3.117): colours, bold and the like. */
const SGR = /\x1b\[[0-9;:]*m/g;

const SGR_OR_CONTROL = new RegExp(`${SGR.source}|${CONTROLS.source}`, "g");

/** Text without control characters other than tab and line feed. May have several lines. */
export function printable(text: string): string {
  if (!CONTROLS.test(text)) return text;
  return text.replaceAll("\r\n", "\n").replace(SGR, "").replace(EVERY_CONTROL, "\uFFFD");
}

/** The same on one line: each run of white space becomes one space. */
export const printableLine = (text: string): string => printable(text.replace(/\s+/g, " ")).trim();

/** As {@link printable}, but keeps colours, for a terminal that shows them. */
export function printableWithColour(text: string): string {
  if (!CONTROLS.test(text)) return text;
  return text.replace(SGR_OR_CONTROL, (found) => (found.length > 1 ? found : "\uFFFD"));
}

/** A JSON value in which every string and key is {@link printable}, at any depth. */
export function printableValue<T>(value: T): T {
  if (typeof value === "string") return printable(value) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(printableValue) as T;
  const entries = Object.entries(value).map(([key, one]) => [printable(key), printableValue(one)]);
  return Object.fromEntries(entries) as T;
}

/**
 * JSON without characters that control a terminal: `JSON.stringify` escapes C0, but not DEL and C1. The parsed value is the
 * same.
 */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\x7f-\x9f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
