import { expect, test } from "bun:test";
import { growingPauses } from "../../../src/domain/values/pauses.ts";

test("pauses grow from the first to the longest", () => {
  const pause = growingPauses(10, 30);
  expect(Array.from("12345", pause)).toEqual([10, 14, 14 * 1.4, 14 * 1.4 * 1.4, 30]);
  expect(growingPauses(5, 5)()).toBe(5);
});
