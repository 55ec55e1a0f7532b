import { expect, test } from "bun:test";
import { type CauseFacts, errorText, isCause } from "../../../src/domain/diagnosis/error-causes.ts";

const at = (second: number): string => new Date(second * 1000).toISOString();

const ERROR = {
  text: "RangeError: bad rate",
  frames: ["api/a.js:2 run"],
  count: 1,
  first_at: at(1),
  last_at: at(5),
  fingerprint: "9f31c2aa",
};

const FAILED: CauseFacts = { state: "failed", want: "up", healthy: false, recoveredAt: null };

test.each<[what: string, facts: Partial<CauseFacts>, is: boolean]>([
  ["a crash", {}, true],
  ["a crash of what was healthy before the error", { recoveredAt: at(4) }, true],
  ["a crash of what was healthy after the error", { recoveredAt: at(6) }, false],
  ["a failing check", { state: "unhealthy", recoveredAt: at(4) }, true],
  ["a start that takes long", { state: "starting" }, true],
  ["a restart to come", { state: "backoff" }, true],
  ["nothing, of what runs", { state: "running", healthy: true }, false],
  ["nothing, of a finished job", { state: "exited", healthy: true }, false],
  ["nothing, of what was stopped", { state: "stopped", want: "down" }, false],
  ["nothing, of what is being stopped", { state: "stopping" }, false],
])("an error may explain %s", (_, facts, is) => {
  expect(isCause(ERROR, { ...FAILED, ...facts })).toBe(is);
});

test("an error is one line with its places and how often it came", () => {
  expect(errorText(ERROR)).toBe("RangeError: bad rate (api/a.js:2 run)");
  expect(errorText({ ...ERROR, frames: [], count: 2 })).toBe("RangeError: bad rate, 2 times");
  expect(errorText({ ...ERROR, text: "x".repeat(300) })).toHaveLength(160 + 17);
});
