import { expect, test } from "bun:test";
import { LineBudget } from "../../../src/domain/api/line-budget.ts";

const flood = (budget: LineBudget, task: string, lines: number, now: number): number =>
  Array.from({ length: lines }, () => budget.admits(task, "x".repeat(100), now)).filter(Boolean)
    .length;

test("what a person could read has room, and nothing is left out", () => {
  const budget = new LineBudget();
  for (let second = 0; second < 5; second++) {
    expect(flood(budget, "web", 2000, second * 1000)).toBe(2000);
    expect(budget.settle(second * 1000 + 999)).toEqual([]);
  }
});

test("a flood is cut each second, reported once a second, and costs no other task its lines", () => {
  const budget = new LineBudget();
  const sent = flood(budget, "web", 10_000, 1000);
  expect(sent).toBeGreaterThan(2000);
  expect(sent).toBeLessThan(4000);
  expect(flood(budget, "api", 100, 1000)).toBe(100);
  expect(budget.settle(1050)).toEqual([{ task: "web", lines: 10_000 - sent }]);
  flood(budget, "web", 10, 1060);
  expect(budget.settle(1070)).toEqual([]);
  expect(budget.settle(2000)).toEqual([{ task: "web", lines: 10 }]);
  expect(budget.settle(3000)).toEqual([]);
  expect(flood(budget, "web", 100, 3000)).toBe(100);
});
