import { expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { type ByteLimits, limitRows } from "../../../src/domain/logs/byte-limits.ts";

const rowOf = (text: string) => ({ task: "web", stamp: "", text, gap: false });
const sizeOf = ({ text }: { text: string }): number => Buffer.byteLength(text) + 1;

const limited = (texts: readonly string[], limits: Partial<ByteLimits>) => {
  const all = { total: null, line: null, ...limits };
  const { rows, ...counts } = limitRows(texts.map(rowOf), all, sizeOf);
  return { texts: rows.map(({ text }) => text), ...counts };
};

test.each<[what: string, texts: string[], limits: Partial<ByteLimits>, found: object]>([
  ["no limit", ["one", "two"], {}, { texts: ["one", "two"], leftOut: 0, cut: 0 }],
  ["room for all", ["one", "two"], { total: 8 }, { texts: ["one", "two"], leftOut: 0, cut: 0 }],
  ["room for the newest", ["one", "two"], { total: 7 }, { texts: ["two"], leftOut: 1, cut: 0 }],
  ["no room", ["one"], { total: 2 }, { texts: [], leftOut: 1, cut: 0 }],
  [
    "room for a part of the newest",
    ["one", "seventeen"],
    { total: 8 },
    { texts: ["seve…"], leftOut: 1, cut: 1 },
  ],
  [
    "short lines",
    ["four", "seventeen"],
    { line: 4 },
    { texts: ["four", "seve…"], leftOut: 0, cut: 1 },
  ],
  ["whole characters", ["äöü"], { line: 3 }, { texts: ["ä…"], leftOut: 0, cut: 1 }],
  ["colours", ["\x1b[31mred\x1b[0m"], { line: 3 }, { texts: ["red"], leftOut: 0, cut: 1 }],
])("%s", (_, texts, limits, found) => {
  expect(limited(texts, limits)).toEqual(found as ReturnType<typeof limited>);
});

test("the rows fit, are the newest, and the rest is counted", () => {
  const size = fc.nat({ max: 60 });
  const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { maxLength: 20 });
  fc.assert(
    fc.property(texts, size, size, (all, total, line) => {
      const found = limited(all, { total, line });
      const bytes = found.texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
      expect(bytes).toBeLessThanOrEqual(total);
      expect(found.texts.length + found.leftOut).toBe(all.length);
      const newest = all.slice(found.leftOut);
      for (const [index, text] of found.texts.entries())
        expect(newest[index]).toStartWith(text.replace(/…$/, ""));
    }),
  );
});
