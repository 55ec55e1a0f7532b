import { parseDuration } from "./units.ts";

const isoPattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/**
 * A time as `--since` and `--until` take it, in epoch ms; null if it is none. A duration (`5m`, `1h30m`) counts back from
 * `now`; an ISO 8601 time without a zone is local.
 */
export function parseTime(text: string, now: number): number | null {
  const trimmed = text.trim();
  const duration = parseDuration(trimmed);
  if (duration !== null) return now - duration * 1000;
  const parts = isoPattern.exec(trimmed);
  return parts === null ? null : timeOf(parts);
}

function timeOf(parts: RegExpExecArray): number | null {
  const [year, month, day, hour, minute, second] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0)) as SixNumbers;
  const millisecond = Number((parts[7] ?? "").padEnd(3, "0").slice(0, 3));
  if (!isCalendar(year, month, day) || hour > 23 || minute > 59 || second > 59) return null;
  const zone = parts[8];
  if (zone === undefined)
    return new Date(year, month - 1, day, hour, minute, second, millisecond).getTime();
  const offset = offsetOf(zone);
  return offset === null
    ? null
    : Date.UTC(year, month - 1, day, hour, minute, second, millisecond) - offset;
}

type SixNumbers = [number, number, number, number, number, number];

/** No 30th of February. */
function isCalendar(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** `+05:30` in ms east of UTC; null for one that no clock shows. */
function offsetOf(zone: string): number | null {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || 0);
  if (hours > 23 || minutes > 59) return null;
  return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
