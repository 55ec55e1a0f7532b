const SECONDS = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 };
const DURATION =
  /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/**
 * A duration like `90s`, `5m`, `1h30m`, `1.5h`, `2d` or `250ms` in seconds; null if it is none.
 * The largest unit stands first, each at most once; a bare number has no unit and is none.
 */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text.trim().toLowerCase());
  if (match === null || match[0] === "") return null;
  const sum = Object.values(SECONDS).reduce(
    (total, unit, index) => total + Number(match[index + 1] ?? 0) * unit,
    0,
  );
  return Number.isFinite(sum) ? sum : null;
}

const POWERS = ["", "k", "m", "g", "t"];
const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/;

/**
 * A size like `10MB`, `512k`, `1.5 GiB` or `4096` in bytes; null if it is none.
 * A kilobyte has 1024 bytes, however it is spelled, as in logrotate and docker.
 */
export function parseSize(text: string): number | null {
  const match = SIZE.exec(text.trim().toLowerCase());
  if (match === null) return null;
  const bytes = Math.round(Number(match[1]) * 1024 ** POWERS.indexOf(match[2] ?? ""));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

const UNITS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
  [1, "s"],
] as const;

/** A time span for people, at most two units: `3s`, `4m12s`, `2h5m`, `3d4h`. */
export function duration(ms: number): string {
  let seconds = Math.max(0, Math.floor(ms / 1000));
  const parts: string[] = [];
  for (const [size, unit] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0 || (unit === "s" && parts.length === 0)) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join("");
}
