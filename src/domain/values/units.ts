const SECONDS = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 };
const DURATION =
  /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/**
 * Parses a duration like `90s`, `5m`, `1h30m`, `1.5h`, `2d` or `250ms`, in seconds; null if invalid. The largest unit comes
 * first, each at most once; a bare number is invalid.
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
 * Parses a size like `10MB`, `512k`, `1.5 GiB` or `4096`, in bytes; null if invalid. A kilobyte has 1024 bytes, however it
 * is spelled, as in logrotate and docker.
 */
export function parseSize(text: string): number | null {
  const match = SIZE.exec(text.trim().toLowerCase());
  if (match === null) return null;
  const bytes = Math.round(Number(match[1]) * 1024 ** POWERS.indexOf(match[2] ?? ""));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Bytes for people, in the largest unit that gives a whole number: `1 MiB`, `64 KiB`, `100 bytes`. */
export function sizeText(bytes: number): string {
  if (bytes === 0 || bytes % 1024 !== 0) return `${bytes} bytes`;
  return bytes % 1024 ** 2 === 0 ? `${bytes / 1024 ** 2} MiB` : `${bytes / 1024} KiB`;
}

const SIZES = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes for people, rounded: `512 bytes`, `1.2 MiB`, `34 GiB`. */
export function roundedSize(bytes: number): string {
  let [size, power] = [bytes, 0];
  // 1023.6 KiB would be shown as 1024.
  for (; size >= 1023.5 && power < SIZES.length - 1; power++) size /= 1024;
  const digits = power > 0 && size < 9.95 ? 1 : 0;
  return `${size.toFixed(digits)} ${SIZES[power]}`;
}

const UNITS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
  [1, "s"],
] as const;

/** An age or uptime for people, at most two units: `3s`, `4m12s`, `2h5m`, `3d4h`. */
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

/** The duration of an act, for people and logs: `3.2s`, `5m03s`, `2h05m`. */
export function exactDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m${twoDigits(whole % 60)}s`;
  return `${Math.floor(minutes / 60)}h${twoDigits(minutes % 60)}m`;
}

const twoDigits = (number: number): string => String(number).padStart(2, "0");
