import { expect, test } from "bun:test";
import { PACE, Pace, SMALL_READ } from "../../../src/domain/logs/pace.ts";

/** The pauses after turns, given how much later each ends and how much it has read. */
function pausesOf(turns: { after: number; largest?: number }[]): number[] {
  let now = 1000;
  const pace = new Pace(now);
  return turns.map(({ after, largest = 100 }) => {
    now += after;
    const pause = pace.after(now, largest);
    now += pause;
    return pause;
  });
}

const turns = (count: number, turn: { after: number; largest?: number }) =>
  Array.from({ length: count }, () => turn);

test("lines that come now and then are read at once", () => {
  expect(new Set(pausesOf(turns(200, { after: 30 })))).toEqual(new Set([0]));
});

test("a burst is read at once, steady output in turns with a pause", () => {
  const pauses = pausesOf(turns(100, { after: 1 }));
  expect(pauses.slice(0, 20)).toEqual(turns(20, { after: 0 }).map(() => 0));
  expect(pauses.slice(60).every((pause) => pause === PACE)).toBe(true);
});

test("a flood never waits", () => {
  const flood = { after: 1, largest: SMALL_READ + 1 };
  expect(new Set(pausesOf(turns(200, flood)))).toEqual(new Set([0]));
});
