import { expect, test } from "bun:test";
import { Throttle } from "../../../src/app/api/throttle.ts";

/** A throttle whose acts and pauses end when the test says so. */
function handDriven() {
  const pending: { what: string; end: () => void }[] = [];
  const step = (what: string) => () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    pending.push({ what, end: resolve });
    return promise;
  };
  const throttle = new Throttle(step("act"), step("pause"));
  const next = async (): Promise<string> => {
    const { what, end } = pending.shift()!;
    end();
    await Bun.sleep(0);
    return what;
  };
  return { throttle, pending, next };
}

test("it acts at once, and rests when nothing more came", async () => {
  const { throttle, pending, next } = handDriven();
  throttle.trigger();
  expect([await next(), await next()]).toEqual(["act", "pause"]);
  expect(pending).toEqual([]);
});

test("what comes during an act or the pause is done once, after the pause", async () => {
  const { throttle, pending, next } = handDriven();
  for (let beats = 0; beats < 5; beats++) throttle.trigger();
  expect(pending.length).toBe(1);
  await next();
  throttle.trigger();
  expect(pending.map(({ what }) => what)).toEqual(["pause"]);
  expect([await next(), await next(), await next()]).toEqual(["pause", "act", "pause"]);
  expect(pending).toEqual([]);
});
