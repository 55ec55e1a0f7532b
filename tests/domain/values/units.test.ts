import { describe, expect, test } from "bun:test";
import {
  duration,
  parseDuration,
  parseSize,
  roundedSize,
  sizeText,
  exactDuration,
} from "../../../src/domain/values/units.ts";

describe("parseDuration", () => {
  test.each([
    ["90s", 90],
    ["5m", 300],
    ["1h30m", 5400],
    ["1.5h", 5400],
    ["2d", 172_800],
    ["1d2h3m4s", 93_784],
    ["250ms", 0.25],
    ["1s500ms", 1.5],
    ["0s", 0],
    [" 5M ", 300],
  ])("%j is %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBeCloseTo(seconds);
  });

  test.each([
    "",
    " ",
    "5",
    "m",
    "5x",
    "-5m",
    "30m1h",
    "5m5m",
    "1.h",
    ".5h",
    "1h 30m",
    "1e3s",
    "5min",
  ])("%j is no duration", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test("a number without end is none", () => {
    expect(parseDuration(`${"9".repeat(400)}s`)).toBeNull();
  });
});

describe("parseSize", () => {
  test.each([
    ["10MB", 10_485_760],
    ["10mb", 10_485_760],
    ["10 MiB", 10_485_760],
    ["10M", 10_485_760],
    ["512k", 524_288],
    ["1.5KB", 1536],
    ["4096", 4096],
    ["4096b", 4096],
    ["1GB", 1_073_741_824],
    ["2TB", 2_199_023_255_552],
    ["0", 0],
  ])("%j is %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(["", "MB", "-1MB", "10XB", "1e3", "10 M B", "1,5MB", "0x10", "99999999TB"])(
    "%j is no size",
    (text) => {
      expect(parseSize(text)).toBeNull();
    },
  );
});

test.each([
  [-5, "0s"],
  [0, "0s"],
  [999, "0s"],
  [3000, "3s"],
  [60_000, "1m"],
  [252_000, "4m12s"],
  [3_600_000, "1h"],
  [3_605_000, "1h"],
  [7_500_000, "2h5m"],
  [273_600_000, "3d4h"],
])("%d ms read as %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, "0 bytes"],
  [100, "100 bytes"],
  [1025, "1025 bytes"],
  [65_536, "64 KiB"],
  [1 << 20, "1 MiB"],
  [3 * 1024 ** 3, "3072 MiB"],
])("%d bytes are shown as %s", (bytes, text) => expect(sizeText(bytes)).toBe(text));

test.each([
  [0, "0 bytes"],
  [1023, "1023 bytes"],
  [1024, "1.0 KiB"],
  [10_137, "9.9 KiB"],
  [10_190, "10 KiB"],
  [1_048_000, "1023 KiB"],
  [1_048_500, "1.0 MiB"],
  [36_000_000, "34 MiB"],
  [5 * 1024 ** 5, "5120 TiB"],
])("%d bytes are about %s", (bytes, text) => expect(roundedSize(bytes)).toBe(text));

test.each([
  [0, "0.0s"],
  [-5, "0.0s"],
  [49, "0.0s"],
  [50, "0.1s"],
  [59_949, "59.9s"],
  [59_950, "1m00s"],
  [303_000, "5m03s"],
  [3_599_400, "59m59s"],
  [3_600_000, "1h00m"],
  [7_500_000, "2h05m"],
])("%p ms are %s", (milliseconds, text) => expect(exactDuration(milliseconds)).toBe(text));
