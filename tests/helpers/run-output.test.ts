import { expect, test } from "bun:test";
import { failureReport, failuresOf, type TestFailure } from "./run-output.ts";

const RULE = "-------------------------------";

const TABLE: [what: string, output: string, failures: TestFailure[]][] = [
  [
    "what was printed since the test before is a test's reason",
    `tests/a.test.ts:
(pass) a
error: expected 1
  at b
(fail) b [3.00ms]
(skip) c
tests/b.test.ts:
error: expected 2
(fail) d
`,
    [
      { name: "tests/a.test.ts: b [3.00ms]", reason: "error: expected 1\n  at b" },
      { name: "tests/b.test.ts: d", reason: "error: expected 2" },
    ],
  ],
  [
    "a test that timed out has its reason behind it",
    `tests/a.test.ts:
(fail) slow [1000.57ms]
  ^ this test timed out after 1000ms.
said
(fail) slow and said [1000.57ms]
  ^ this test timed out after 1000ms.
`,
    [
      {
        name: "tests/a.test.ts: slow [1000.57ms]",
        reason: "  ^ this test timed out after 1000ms.",
      },
      {
        name: "tests/a.test.ts: slow and said [1000.57ms]",
        reason: "said\n  ^ this test timed out after 1000ms.",
      },
    ],
  ],
  [
    "a failed test without a reason is named",
    "tests/a.test.ts:\n(fail) each x\n(fail) each y\n",
    [
      { name: "tests/a.test.ts: each x", reason: "" },
      { name: "tests/a.test.ts: each y", reason: "" },
    ],
  ],
  [
    "a file that does not load, and an error between tests",
    `tests/a.test.ts:

# Unhandled error between tests
${RULE}
error: Cannot find module './nothing.ts' from 'tests/a.test.ts'
${RULE}


tests/b.test.ts:
said

# Unhandled error between tests
${RULE}
5 | test("c3");
error: late
      at tests/b.test.ts:5:46
${RULE}

error: expected 1
(fail) b
`,
    [
      {
        name: "tests/a.test.ts: error between tests: Cannot find module './nothing.ts' from 'tests/a.test.ts'",
        reason: "error: Cannot find module './nothing.ts' from 'tests/a.test.ts'",
      },
      {
        name: "tests/b.test.ts: error between tests: late",
        reason: 'said\n\n5 | test("c3");\nerror: late\n      at tests/b.test.ts:5:46',
      },
      { name: "tests/b.test.ts: b", reason: "error: expected 1" },
    ],
  ],
  [
    "a process that ended early",
    "tests/b.test.ts:\n(pass) a\nsaid\n✗ tests/b.test.ts (worker crashed: exit code 0)\n",
    [{ name: "tests/b.test.ts: (worker crashed: exit code 0)", reason: "said" }],
  ],
  [
    "the list at the end names nothing twice",
    `tests/a.test.ts:
error: expected 1
(fail) b

2 tests skipped:
(skip) c

1 tests failed:
(fail) b

 1 pass
 1 fail
`,
    [{ name: "tests/a.test.ts: b", reason: "error: expected 1" }],
  ],
  [
    "colours",
    "tests/a.test.ts:\n\x1b[31merror\x1b[0m: 1\n\x1b[31m(fail)\x1b[0m b\n",
    [{ name: "tests/a.test.ts: b", reason: "error: 1" }],
  ],
  ["a run that passes", "tests/a.test.ts:\n(pass) a\n\n 1 pass\n 0 fail\n", []],
];

test.each(TABLE)("failures are read from the output of bun test: %s", (_, output, failures) => {
  expect(failuresOf(output)).toEqual(failures);
});

test("a run that passes has no report", () => {
  expect(failureReport("tests/a.test.ts:\n(pass) a\n", 0)).toBeNull();
});

test("a failure that the output does not name is reported too", () => {
  expect(failureReport("tests/a.test.ts:\n(pass) a\n", 1)).toContain("1 that the output does not");
});

test("the last 4,000 characters of a report name every failure", () => {
  const names = Array.from({ length: 25 }, (_, at) => `${at} ${"x".repeat(300)}`);
  const printed = "a long line of a trace\n".repeat(500);
  const report = failureReport(names.map((name) => `${printed}(fail) ${name}`).join("\n"), 25)!;
  for (const name of names) expect(report.slice(-4000)).toContain(`  : ${name.slice(0, 40)}`);
});

test("two long reasons and their names are in the last 10,000 characters", () => {
  const output = ["a", "b"].map((name) => `${"printed\n".repeat(5000)}why ${name}\n(fail) ${name}`);
  const report = failureReport(output.join("\n"), 2)!;
  expect(report.length).toBeLessThan(10_000);
  expect(report).toContain("why a\n(fail) : a");
  expect(report).toContain("why b\n(fail) : b");
});
