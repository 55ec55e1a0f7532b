import { STAMP_LENGTH } from "../logs/line.ts";
import { parseTime } from "./time.ts";

/**
 * A time (epoch ms) in the local zone, as `2024-01-01T14:00:00.123`. parseTime returns the same time: when clocks are set
 * back and an hour comes twice, the second one has its offset, `2024-11-03T01:30:00.000-05:00`.
 */
export function localTime(time: number): string {
  const date = new Date(time);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  const text = `${day}T${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  return parseTime(text, time) === time ? text : `${text}${offsetAt(time)}`;
}

/** The local time for a table: `2024-01-01 14:00:00`, without milliseconds. */
export function localSecond(time: number): string {
  const text = localTime(time);
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${text.slice(STAMP_LENGTH)}`;
}

/** The zone's offset from UTC at a time (epoch ms), as `+01:00`. */
export function offsetAt(time: number): string {
  const minutes = -new Date(time).getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/**
 * Converts the stamps of log lines to local time. The offset is computed once a minute, so that most stamps cost one
 * comparison. Text that is no stamp, from another program, stays as it is.
 */
export function localStamps(): (stamp: string) => string {
  let minute = "";
  let local: string | null = null;
  return (stamp) => {
    if (!stamp.startsWith(minute) || minute === "") {
      minute = stamp.slice(0, MINUTE_LENGTH);
      const time = parseTime(`${minute}Z`, 0);
      local = time === null ? null : localTime(time);
    }
    if (local === null) return stamp;
    return local.slice(0, MINUTE_LENGTH) + stamp.slice(MINUTE_LENGTH) + local.slice(STAMP_LENGTH);
  };
}

const MINUTE_LENGTH = "2024-01-01T14:00".length;
const two = (number: number): string => String(number).padStart(2, "0");
