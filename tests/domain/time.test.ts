import { expect, test } from "bun:test";
import { parseTime } from "../../src/domain/time.ts";

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

test("local time is that of the zone of this process", () => {
  const script = `import { parseTime } from "${import.meta.dirname}/../../src/domain/time.ts"; console.log(String(parseTime("2024-07-01T14:00", 0)))`;
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
  "-5m",
])("%j is no time", (text) => expect(parseTime(text, now)).toBeNull());
