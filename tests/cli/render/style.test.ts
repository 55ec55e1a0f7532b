import { describe, expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import {
  type Cell,
  ColumnWidths,
  fit,
  paint,
  table,
  type View,
} from "../../../src/cli/render/style.ts";

const view = (width = 80, colour = false): View => ({ width, colour, now: 0 });
const cells = (...texts: string[]): Cell[] => texts.map((text) => ({ text }));

test.each([
  ["short", 10, "short"],
  ["exact", 5, "exact"],
  ["too long", 5, "too \u2026"],
  ["x", 0, ""],
  ["\u65e5\u672c\u8a9e", 4, "\u65e5\u2026"],
  ["\u{1f600}\u{1f600}", 3, "\u{1f600}\u2026"],
])("%j in %d columns is %j", (text, columns, shown) => {
  expect(fit(text, columns)).toBe(shown);
});

test("text that is made to fit is never wider than asked", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, columns) => {
      expect(Bun.stringWidth(fit(text, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});

test("colour is put around text only where it is wanted", () => {
  expect(paint("ok", "green", view(80, true))).toBe("\u001b[32mok\u001b[39m");
  expect(paint("ok", "green", view())).toBe("ok");
  expect(paint("ok", null, view(80, true))).toBe("ok");
  expect(paint("", "green", view(80, true))).toBe("");
});

describe("a table", () => {
  const rows = [cells("a", "bbb", "c"), cells("aaaa", "b", "cc")];

  test("has its columns aligned, and no blanks at the ends of lines", () => {
    expect(table(rows, view())).toEqual(["a     bbb  c", "aaaa  b    cc"]);
  });

  test("is aligned whether coloured or not", () => {
    const painted = rows.map((row) => row.map((cell) => ({ ...cell, colour: "red" as const })));
    expect(table(painted, view(80, true)).map((line) => Bun.stripANSI(line))).toEqual(
      table(rows, view()),
    );
  });

  test("is aligned by columns, not by characters", () => {
    expect(table([cells("\u65e5\u672c", "x"), cells("a", "x")], view())).toEqual([
      "\u65e5\u672c  x",
      "a     x",
    ]);
  });

  test("gives way at its end where the view is narrow", () => {
    expect(table([cells("name", "a reason that is long")], view(12))).toEqual([
      "name  a rea\u2026",
    ]);
  });

  test.each([
    [24, "name  http://long/  why"],
    [23, "name  http://long/  why"],
    [22, "name  why"],
    [8, "name  w\u2026"],
  ])("leaves its optional column out where the last one has no room: %d", (width, line) => {
    expect(table([cells("name", "http://long/", "why")], view(width), undefined, 1)).toEqual([
      line,
    ]);
  });

  test("keeps its optional column as long as a long last one can be read", () => {
    const row = cells("name", "http://long/", "x".repeat(40));
    expect(table([row], view(50), undefined, 1)[0]).toContain("http://long/");
    expect(table([row], view(49), undefined, 1)).toEqual([`name  ${"x".repeat(40)}`]);
  });

  test("is never wider than the view", () => {
    const anyRows = fc.array(
      fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { minLength: 4, maxLength: 4 }),
    );
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 1, max: 90 }), (texts, width) => {
        const lines = table(
          texts.map((row) => cells(...row)),
          view(width),
        );
        for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  test("of no rows is no lines", () => {
    expect(table([], view())).toEqual([]);
  });
});

test("the columns of a table that is drawn again stay where they are", () => {
  const columns = new ColumnWidths();
  expect(table([cells("long", "a")], view(), columns)).toEqual(["long  a"]);
  expect(table([cells("x", "b")], view(), columns)).toEqual(["x     b"]);
  expect(table([cells("longer", "c")], view(), columns)).toEqual(["longer  c"]);
  expect(table([cells("x", "y", "z")], view(), columns)).toEqual(["x  y  z"]);
});
