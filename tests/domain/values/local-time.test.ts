import { describe, expect, test } from "bun:test";

const source = `${import.meta.dirname}/../../../src/domain`;

/** The value of an expression in a process whose zone is `zone`, as JSON has it. */
function inZone(zone: string, expression: string): unknown {
  const script = `import { localSecond, localStamps, localTime, offsetAt } from "${source}/values/local-time.ts";
    import { stampOf } from "${source}/logs/line.ts";
    import { parseTime } from "${source}/values/time.ts";
    console.log(JSON.stringify(${expression}));`;
  const env = { ...process.env, TZ: zone };
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script], { env });
  if (stdout.length === 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

describe("a time is shown in the zone of the viewer", () => {
  test.each([
    ["UTC", "2024-07-01T18:00:00.123", "+00:00"],
    ["America/New_York", "2024-07-01T14:00:00.123", "-04:00"],
    ["Asia/Tokyo", "2024-07-02T03:00:00.123", "+09:00"],
    ["Asia/Kathmandu", "2024-07-01T23:45:00.123", "+05:45"],
    ["America/St_Johns", "2024-07-01T15:30:00.123", "-02:30"],
  ])("in %s as %s, %s from UTC", (zone, text, offset) => {
    const time = Date.UTC(2024, 6, 1, 18, 0, 0, 123);
    const asked = `[localTime(${time}), offsetAt(${time}), localStamps()(stampOf(${time})), localSecond(${time})]`;
    const second = text.replace("T", " ").slice(0, 19);
    expect(inZone(zone, asked)).toEqual([text, offset, text, second]);
  });
});

test("of an hour that comes twice, the second one bears its offset", () => {
  const at = Date.UTC(2024, 10, 3, 5, 59, 59, 999);
  const times = `[${at}, ${at + 1}, ${at + 3_600_000}, ${at + 3_600_001}]`;
  expect(inZone("America/New_York", `${times}.map(localTime)`)).toEqual([
    "2024-11-03T01:59:59.999",
    "2024-11-03T01:00:00.000-05:00",
    "2024-11-03T01:59:59.999-05:00",
    "2024-11-03T02:00:00.000",
  ]);
  expect(inZone("America/New_York", `localSecond(${at + 1})`)).toBe("2024-11-03 01:00:00-05:00");
});

test.each(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Tokyo", "UTC"])(
  "in %s each time is read as it was shown, through the changes of the clocks",
  (zone) => {
    // Every 7 minutes and a bit of four days around each change of 2024.
    const asked = `[[2, 8], [2, 29], [3, 5], [9, 4], [9, 25], [10, 1]].flatMap(([month, day]) =>
      Array.from({ length: 823 }, (_, index) => Date.UTC(2024, month, day) + index * 420_007))
      .filter((time) => parseTime(localTime(time), 0) !== time
        || parseTime(localSecond(time), 0) !== Math.floor(time / 1000) * 1000
        || localStamps()(stampOf(time)) !== localTime(time))`;
    expect(inZone(zone, asked)).toEqual([]);
  },
);

test("a log's stamps are converted minute by minute; other text is left as it is", () => {
  const stamps = [
    "2024-11-03T05:59:59.999",
    "2024-11-03T06:00:00.000",
    "2024-11-03T06:00:01.000",
    "2024-99-03T06:00:01.000",
    "0000-01-01T00:00:00.000",
    "2024-11-03T07:00:00.000",
  ];
  expect(inZone("America/New_York", `${JSON.stringify(stamps)}.map(localStamps())`)).toEqual([
    "2024-11-03T01:59:59.999",
    "2024-11-03T01:00:00.000-05:00",
    "2024-11-03T01:00:01.000-05:00",
    "2024-99-03T06:00:01.000",
    "0000-01-01T00:00:00.000",
    "2024-11-03T02:00:00.000",
  ]);
});
