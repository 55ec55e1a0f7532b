import { expect, test } from "bun:test";
import { parseTime } from "../../../src/domain/values/time.ts";

const now = Date.UTC(2024, 5, 15, 12, 0, 0);

test.each([
  ["90s", 90],
  ["5m", 300],
  ["1h30m", 5400],
  ["1.5h", 5400],
  ["2d", 172_800],
])("%s is that long ago", (text, seconds) =>
  expect(parseTime(text, now)).toBe(now - seconds * 1000),
);

test.each(["30000d", "99999999999d"])("%s is longer ago than anything", (text) =>
  expect(parseTime(text, now)).toBe(0),
);

test.each([
  ["2024-01-01T14:00Z", Date.UTC(2024, 0, 1, 14)],
  ["2024-01-01T14:00:05Z", Date.UTC(2024, 0, 1, 14, 0, 5)],
  ["2024-01-01T14:00:05.123Z", Date.UTC(2024, 0, 1, 14, 0, 5, 123)],
  ["2024-01-01 14:00:05.5z", Date.UTC(2024, 0, 1, 14, 0, 5, 500)],
  ["2024-01-01T14:00+02:00", Date.UTC(2024, 0, 1, 12)],
  ["2024-01-01T14:00-0530", Date.UTC(2024, 0, 1, 19, 30)],
  ["2024-01-01T14:00+05", Date.UTC(2024, 0, 1, 9)],
])("%s has its zone", (text, time) => expect(parseTime(text, now)).toBe(time));

test.each([
  ["2024-01-01T14:00", new Date(2024, 0, 1, 14).getTime()],
  ["2024-01-01 14:00:05.123", new Date(2024, 0, 1, 14, 0, 5, 123).getTime()],
  ["2024-01-01", new Date(2024, 0, 1).getTime()],
])("%s is local time", (text, time) => expect(parseTime(text, now)).toBe(time));

/** 12:00 in the zone of this process. */
const noon = new Date(2024, 5, 15, 12).getTime();

test.each([
  ["11:59:59", new Date(2024, 5, 15, 11, 59, 59).getTime()],
  ["12:00", noon],
  ["12:00:00.001", new Date(2024, 5, 14, 12, 0, 0, 1).getTime()],
  ["23:50", new Date(2024, 5, 14, 23, 50).getTime()],
  ["00:00:00,5", new Date(2024, 5, 15, 0, 0, 0, 500).getTime()],
])("%s is the newest such time of day", (text, time) => expect(parseTime(text, noon)).toBe(time));

test.each([
  ["11:00Z", Date.UTC(2024, 5, 15, 11)],
  ["13:00Z", Date.UTC(2024, 5, 14, 13)],
  ["13:30+02:00", Date.UTC(2024, 5, 15, 11, 30)],
  ["20:00:00-05:00", Date.UTC(2024, 5, 15, 1)],
  ["02:00+14:00", Date.UTC(2024, 5, 15, 12)],
])("%s is one in its zone", (text, time) => expect(parseTime(text, now)).toBe(time));

test("local time is that of the zone of this process", () => {
  const script = `import { parseTime } from "${import.meta.dirname}/../../../src/domain/values/time.ts"; console.log(String(parseTime("2024-07-01T14:00", 0)))`;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", script], {
    env: { ...process.env, TZ: "America/New_York" },
  });
  expect(Number(stdout.toString())).toBe(Date.UTC(2024, 6, 1, 18));
});

test.each([
  "",
  "5",
  "yesterday",
  "2024",
  "2024-02-30",
  "2024-13-01",
  "2024-01-01T25:00",
  "2024-01-01T14",
  "2024-01-01T14:00+99:00",
  "5m ago",
  "24:00",
  "12:60",
  "12:00:60",
  "1:00",
  "12:00+99:00",
  "-5m",
])("%j is no time", (text) => expect(parseTime(text, now)).toBeNull());
