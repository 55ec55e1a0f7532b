import { expect, test } from "bun:test";
import { type LogLine, lineOf, LogJoin } from "../../src/page/log-join.ts";

const at = (second: number, text: string): LogLine => ({
  ts: `2024-01-01T00:00:0${second}.000`,
  text,
});
const [a, b, c, d] = [at(1, "a"), at(2, "b"), at(3, "c"), at(4, "d")] as const;

/** `log`: what the answer holds. The rest comes unasked, before it and after it. */
const cases: [
  what: string,
  before: LogLine[],
  log: LogLine[],
  after: LogLine[],
  shown: LogLine[],
][] = [
  ["nothing comes both ways", [], [a, b], [c, d], [a, b, c, d]],
  ["a line came before the answer that has it", [b], [a, b], [c], [a, b, c]],
  ["a line comes after the answer that has it", [], [a, b], [b, c], [a, b, c]],
  ["a line came after the log was read, before the answer", [b, c], [a, b], [d], [a, b, c, d]],
  ["the log is empty", [], [], [a], [a]],
  ["the same was written twice", [c], [a, c], [c, at(3, "c")], [a, c, c, c]],
  ["another line has the newest one's time", [], [a, b], [at(2, "x")], [a, b, at(2, "x")]],
];

test.each(cases)("each line is shown once where %s", (_, before, log, after, shown) => {
  const join = new LogJoin();
  const early = before.flatMap((line) => join.live(line));
  expect(early).toEqual([]);
  const answered = join.answered(log);
  expect([...answered, ...after.flatMap((line) => join.live(line))]).toEqual(shown);
});

test("a time with a zone is the one without", () => {
  const join = new LogJoin();
  join.answered([lineOf("2024-01-01T00:00:01.000 a b")]);
  expect(join.live({ ts: "2024-01-01T00:00:01.000Z", text: "a b" })).toEqual([]);
});

test("a line with no text has none", () => {
  expect(lineOf("2024-01-01T00:00:01.000 ")).toEqual(at(1, ""));
});
