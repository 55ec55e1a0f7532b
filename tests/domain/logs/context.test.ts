import { describe, expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { ContextFilter, joinWindows, type LogRow } from "../../../src/domain/logs/context.ts";
import type { LogEntry } from "../../../src/domain/logs/merge.ts";

const entriesOf = (matching: readonly boolean[]): LogEntry[] =>
  matching.map((isMatch, offset) => ({
    task: "t",
    stamp: "",
    text: isMatch ? "match" : "other",
    offset,
  }));
const isMatch = (text: string): boolean => text === "match";

/** What `grep -C` prints: line numbers, and -1 for `--`. */
function grep(matching: readonly boolean[], context: number): number[] {
  const isShown = matching.map((_, index) =>
    matching.slice(Math.max(0, index - context), index + context + 1).includes(true),
  );
  const printed: number[] = [];
  for (const [index, shown] of isShown.entries()) {
    if (!shown) continue;
    if (context > 0 && printed.length > 0 && !isShown[index - 1]) printed.push(-1);
    printed.push(index);
  }
  return printed;
}

const printed = (rows: Iterable<LogRow & { offset?: number }>): number[] =>
  [...rows].flatMap(({ gap, offset }) => (gap ? [-1, offset!] : [offset!]));

const cases = fc.tuple(fc.array(fc.boolean(), { maxLength: 30 }), fc.nat(4));

describe("a match is shown with its neighbours, as grep -C has it", () => {
  test("in a stream", () => {
    fc.assert(
      fc.property(cases, ([matching, context]) => {
        const filter = new ContextFilter(isMatch, context);
        expect(printed(entriesOf(matching).flatMap((entry) => filter.push(entry)))).toEqual(
          grep(matching, context),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("from windows around the matches", () => {
    fc.assert(
      fc.property(cases, ([matching, context]) => {
        fc.pre(context > 0);
        const entries = entriesOf(matching);
        const windows = entries
          .filter(({ text }) => isMatch(text))
          .map(({ offset }) => ({
            lines: entries.slice(Math.max(0, offset - context), offset + context + 1),
            next: entries[offset + context + 1] ?? null,
          }));
        expect(printed(joinWindows(windows))).toEqual(grep(matching, context));
      }),
      { numRuns: 500 },
    );
  });

  test("in a stream that continues after what was shown", () => {
    fc.assert(
      fc.property(cases, fc.nat(30), ([matching, context], place) => {
        const entries = entriesOf(matching);
        const split = Math.min(place, entries.length);
        const first = new ContextFilter(isMatch, context);
        const shown = printed(entries.slice(0, split).flatMap((entry) => first.push(entry)));
        const filter = new ContextFilter(isMatch, context);
        filter.resume(entries.slice(Math.max(0, split - 2 * context - 1), split), shown.length > 0);
        const rest = printed(entries.slice(split).flatMap((entry) => filter.push(entry)));
        expect([...shown, ...rest]).toEqual(grep(matching, context));
      }),
      { numRuns: 500 },
    );
  });
});
