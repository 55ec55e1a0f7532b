import { describe, expect, test } from "bun:test";
import {
  type Change,
  judge,
  type LaunchNow,
  startEnds,
  UNCHANGED,
  wakeAt,
  type Watching,
} from "../../../src/domain/watch/watching.ts";

const change = (path = "a.py", isDuringStart = false): Change => ({ path, at: 0, isDuringStart });

/** Judges a change every `pause` ms, `times` times; the kinds of the verdicts, and the state after. */
function repeated(times: number, pause: number, one: Change, from: Watching = UNCHANGED) {
  let state = from;
  const kinds: string[] = [];
  for (let index = 1; index <= times; index++) {
    const verdict = judge(state, [one], index * pause);
    state = verdict.next;
    kinds.push(verdict.kind);
  }
  return { kinds, state };
}

describe("a verdict", () => {
  test("is to act, and names the first change", () => {
    expect(judge(UNCHANGED, [change("b.py"), change("a.py")], 5)).toMatchObject({
      kind: "act",
      path: "b.py",
      next: { restarts: [5], chain: 0 },
    });
  });

  test("is nothing if no change counts", () => {
    expect(judge(UNCHANGED, [], 5)).toEqual({ kind: "nothing", next: UNCHANGED });
  });

  test("pauses the watch for 60 s at the sixth within 10 s", () => {
    const { kinds, state } = repeated(6, 1000, change());
    expect(kinds).toEqual(["act", "act", "act", "act", "act", "pause"]);
    expect(state.pausedUntil).toBe(66_000);
  });

  test("is to act however often, if that is slower", () => {
    expect(new Set(repeated(50, 2001, change()).kinds)).toEqual(new Set(["act"]));
  });

  test("pauses the watch if only what came during a start follows each start, however slow", () => {
    expect(repeated(6, 30_000, change("gen.py", true)).kinds).toEqual([
      "act",
      "act",
      "act",
      "act",
      "act",
      "pause",
    ]);
  });

  test("is to act again once a change came at another time", () => {
    const { state } = repeated(5, 30_000, change("gen.py", true));
    const { next, kind } = judge(state, [change("gen.py", true), change()], 200_000);
    expect([kind, next.chain]).toEqual(["act", 0]);
  });

  test("after a pause is to act once, and to pause at the next at once", () => {
    const { state } = repeated(6, 1000, change());
    const first = judge(state, [change()], 66_000);
    expect(first).toMatchObject({ kind: "act", next: { pausedUntil: null } });
    expect(judge(first.next, [change()], 67_000).kind).toBe("pause");
    expect(judge(first.next, [change()], 77_000)).toMatchObject({
      kind: "act",
      next: { isOnProbation: false },
    });
  });

  test("after a pause is nothing for what came during a start", () => {
    const { state } = repeated(6, 1000, change());
    const { kind, next } = judge(state, [change("gen.py", true)], 66_000);
    expect([kind, next.pausedUntil]).toEqual(["nothing", null]);
  });
});

describe("something must be decided", () => {
  const burst = { first: 1000, last: 2000 };
  test.each([
    ["never without a change", UNCHANGED, null, null, Infinity],
    ["at the end of a pause", { ...UNCHANGED, pausedUntil: 9 }, null, null, 9],
    ["when files have been quiet", UNCHANGED, burst, null, 2300],
    ["not before the end of a pause", { ...UNCHANGED, pausedUntil: 5000 }, burst, null, 5000],
    ["after a minute of changes", UNCHANGED, { first: 1000, last: 60_990 }, null, 61_000],
    ["not before a start is over", UNCHANGED, burst, 2400, 2400],
    ["soon, while a start has no end in sight", UNCHANGED, burst, Infinity, 2450],
  ] as const)("%s", (_, state, changes, starts, at) => {
    expect(wakeAt(state, changes, 300, starts, 2200)).toBe(at);
  });
});

describe("a start ends", () => {
  const launch: LaunchNow = {
    isStarting: false,
    oneshot: false,
    hasSign: false,
    isAlive: true,
    launchedAt: 1000,
  };
  test.each([
    ["a second after the launch, without a sign", {}, 1500, 2000],
    ["and then it has ended", {}, 2000, null],
    ["a second after the launch, even if the sign is there", { hasSign: true }, 1500, 2000],
    ["with the sign", { hasSign: true }, 2500, null],
    ["after 10 s without the sign", { hasSign: true, isStarting: true }, 1500, 11_000],
    ["and then it counts as ended", { hasSign: true, isStarting: true }, 11_000, null],
    ["with the process", { isAlive: false, hasSign: true }, 1500, null],
    ["of a job with its exit", { oneshot: true, isStarting: true }, 99_000, Infinity],
    ["when it is launched", { isStarting: true, isAlive: false }, 99_000, Infinity],
    ["even if the clock was set back", { launchedAt: 99_000 }, 1500, 2500],
  ] as const)("%s", (_, more, now, ends) => {
    expect(startEnds({ ...launch, ...more }, now)).toBe(ends);
  });
});
