/**
 * What `port` of a task may be: a number; `"3000+"`, the first port from 3000 on that can be used; or `"auto"`, a port that
 * depends on the session's and the task's names.
 */
export type PortSetting = number | string;

/** Number of ports that are tried, from the first one on. */
const SPAN = 100;

const AUTO_FIRST = 20_000;
const AUTO_COUNT = 10_000;

const LARGEST = 65_535;

/** A port that taskmux chooses when the task is started. */
export type FlexiblePort = { kind: "from"; first: number } | { kind: "auto" };

/** Parses a `port` that is no number; null for anything but `"N+"`, with N from 1 to 65535, and `"auto"`. */
export function parseFlexible(setting: PortSetting | null): FlexiblePort | null {
  if (typeof setting !== "string") return null;
  if (setting === "auto") return { kind: "auto" };
  const first = Number(/^(\d{1,5})\+$/.exec(setting)?.[1] ?? 0);
  return first >= 1 && first <= LARGEST ? { kind: "from", first } : null;
}

/** Whether the port is chosen at a start. */
export const isFlexible = ({ port }: { port: PortSetting | null }): boolean =>
  typeof port === "string";

/** The ports that a task may get, in the order in which they are tried; a fixed port is the only one. */
export function candidatesOf(setting: PortSetting, session: string, task: string): number[] {
  if (typeof setting === "number") return [setting];
  const first = firstOf(setting, session, task);
  const length = Math.min(SPAN, LARGEST - first + 1);
  return Array.from({ length }, (_, index) => first + index);
}

/** Whether a task may have a port by its setting. */
export const allows = (
  setting: PortSetting,
  port: number,
  { session, task }: { session: string; task: string },
): boolean => candidatesOf(setting, session, task).includes(port);

function firstOf(setting: string, session: string, task: string): number {
  const flexible = parseFlexible(setting);
  if (flexible?.kind === "from") return flexible.first;
  return AUTO_FIRST + (fnv1a(`${session}/${task}`) % AUTO_COUNT);
}

/** FNV-1a, 32 bits, of the UTF-8 bytes: the same number in every version and on every machine. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
