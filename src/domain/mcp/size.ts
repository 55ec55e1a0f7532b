/** Maximum length of a whole result as JSON, in characters: clients refuse or cut longer ones. */
export const MOST_RESULT = 24_000;

/** Maximum length of any other text in a result than that of logs. */
const MOST_TEXT = 1000;

const MARK = "…";

/** A text of at most `most` characters, with a mark where it was cut. */
export const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}${MARK}`;

/** The result with its texts shortened (not a cursor), and lists that are still too long without their last items. */
export function bounded<T extends object>(result: T): T {
  if (JSON.stringify(result).length <= MOST_RESULT) return result;
  let limited = withTexts(result, MOST_TEXT) as T;
  for (let most = 64; most > 0 && JSON.stringify(limited).length > MOST_RESULT; most >>= 1)
    limited = withItems(limited, most) as T;
  return limited;
}

const withTexts = (value: unknown, most: number): unknown =>
  typeof value === "string"
    ? shortened(value, most)
    : mapped(value, (one, key) => (key === "cursor" ? one : withTexts(one, most)));

const withItems = (value: unknown, most: number): unknown =>
  mapped(Array.isArray(value) ? value.slice(0, most) : value, (one) => withItems(one, most));

function mapped(value: unknown, change: (value: unknown, key?: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => change(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(one, key)]));
}
