import { expect, test } from "bun:test";
import { SteadyClock } from "../../../src/app/monitor/steady-clock.ts";

test("a clock that is set neither lengthens nor shortens an interval", () => {
  let [wall, monotonic] = [1_000_000, 50.4];
  const clock = new SteadyClock({ now: () => wall, monotonic: () => monotonic });
  const pass = (ms: number): void => {
    wall += ms;
    monotonic += ms;
  };
  expect([clock.now(), clock.toWall()]).toEqual([1_000_000, 0]);
  pass(500);
  expect([clock.now(), clock.toWall()]).toEqual([1_000_500, 0]);
  wall -= 3_600_000;
  pass(500);
  expect([clock.now(), clock.toWall()]).toEqual([1_001_000, -3_600_000]);
  expect(clock.now() + clock.toWall()).toBe(wall);
});
