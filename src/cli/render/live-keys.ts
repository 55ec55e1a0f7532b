/** What a person may ask of the live view of `start -m` by a key. */
export type LiveKey =
  "up" | "down" | "restart" | "stop" | "logs" | "attach" | "leave" | "interrupt" | "suspend";

const KEYS: Record<string, LiveKey> = {
  k: "up",
  "\u001b[A": "up",
  "\u001bOA": "up",
  j: "down",
  "\u001b[B": "down",
  "\u001bOB": "down",
  r: "restart",
  s: "stop",
  l: "logs",
  "\r": "attach",
  "\n": "attach",
  q: "leave",
  "\u0003": "interrupt",
  "\u001a": "suspend",
};

/** A key as a terminal sends it: a control sequence, or one character. */
const SEQUENCE = /\u001b[[O][0-9;]*[A-Za-z~]|[\s\S]/gu;

/** The keys in what was typed; others are left out. */
export const keysIn = (typed: string): LiveKey[] => keysOf(KEYS, typed);

/** Those of the keys in `known` that were typed. */
export const keysOf = <Key>(known: Readonly<Record<string, Key>>, typed: string): Key[] =>
  (typed.match(SEQUENCE) ?? []).flatMap((one) => (Object.hasOwn(known, one) ? [known[one]!] : []));

const LEAVE = "q leave";
const ACTIONS = "r restart, s stop, l logs, enter attach";

/** The last line of a view with keys: as much as fits, and always the key that leaves. */
export function keysHelp(zone: string, width: number): string {
  const all = `up/down select, ${ACTIONS}, ${LEAVE}`;
  const lines = [`${all}; times: ${zone}`, all, `${ACTIONS}, ${LEAVE}`];
  return lines.find((line) => Bun.stringWidth(line) <= width) ?? LEAVE;
}

/** The selected task: the same as before if it is still there, else the first. Null if there are none. */
export const selectedOf = (names: readonly string[], before: string | null): string | null =>
  before !== null && names.includes(before) ? before : (names[0] ?? null);

/** The task above or below the selected one; at either end that one itself. */
export function moved(
  names: readonly string[],
  selected: string | null,
  key: "up" | "down",
): string | null {
  const at = names.indexOf(selectedOf(names, selected) ?? "");
  const next = Math.min(Math.max(at + (key === "up" ? -1 : 1), 0), names.length - 1);
  return names[next] ?? null;
}
