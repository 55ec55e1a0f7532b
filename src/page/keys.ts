/** What a key does on the page. */
export type KeyAction = "next" | "previous" | "all" | "why" | "filter" | "follow";

const KEYS: Readonly<Record<string, KeyAction>> = {
  j: "next",
  k: "previous",
  a: "all",
  w: "why",
  "/": "filter",
  f: "follow",
};

/** The part of a keyboard event that counts. */
interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** What a key does, where nobody types a text; null: what it does elsewhere. */
export function actionOf({ key, ctrlKey, metaKey, altKey }: Pressed, isTyping: boolean) {
  if (isTyping || ctrlKey || metaKey || altKey || !Object.hasOwn(KEYS, key)) return null;
  return KEYS[key] ?? null;
}

/** The task after or before another one; the first or last without one. */
export function neighbour(
  names: readonly string[],
  selected: string | null,
  way: "next" | "previous",
): string | null {
  const at = selected === null ? -1 : names.indexOf(selected);
  if (at < 0) return (way === "next" ? names[0] : names.at(-1)) ?? null;
  return names[at + (way === "next" ? 1 : -1)] ?? names[at] ?? null;
}
