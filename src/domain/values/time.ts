import { parseDuration } from "./units.ts";

const ISO_PATTERN =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

const CLOCK_PATTERN = /^\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;
const DAY = 86_400_000;

/**
 * Parses a time as `--since` and `--until` take it, in epoch ms; null if invalid. A duration (`5m`, `1h30m`) counts back
 * from `now`, at most to 1970; a time without a zone is local. A time of day is the newest that has been: today's, else yesterday's.
 */
export function parseTime(text: string, now: number): number | null {
  const trimmed = text.trim();
  const duration = parseDuration(trimmed);
  if (duration !== null) return Math.max(0, now - duration * 1000);
  const clock = CLOCK_PATTERN.exec(trimmed);
  return clock === null ? isoTime(trimmed) : timeOfDay(trimmed, clock[1], now);
}

function isoTime(text: string): number | null {
  const parts = ISO_PATTERN.exec(text);
  return parts === null ? null : timeOf(parts);
}

function timeOfDay(clock: string, zone: string | undefined, now: number): number | null {
  const today = dayIn(zone, now);
  if (today === null) return null;
  const time = isoTime(`${isoDay(today)}T${clock}`);
  return time === null || time <= now ? time : isoTime(`${isoDay(today - DAY)}T${clock}`);
}

/** The day of a time in a zone, as the epoch ms at which it begins in UTC; null if there is no such zone. */
function dayIn(zone: string | undefined, time: number): number | null {
  const date = new Date(time);
  if (zone === undefined) return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  const offset = offsetOf(zone);
  return offset === null ? null : Math.floor((time + offset) / DAY) * DAY;
}

const isoDay = (day: number): string => new Date(day).toISOString().slice(0, 10);

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

/** Refuses dates such as February 30. */
function isCalendar(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** `+05:30` in ms east of UTC; null if out of range. */
function offsetOf(zone: string): number | null {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || 0);
  if (hours > 23 || minutes > 59) return null;
  return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
