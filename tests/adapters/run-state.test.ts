import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type HealthRecord, parseRecord, RunState } from "../../src/adapters/run-state.ts";
import { directoryWith } from "../helpers/directory.ts";

const start = "start r1 4242 100 4000 90\n";
const process = { pid: 4242, startTime: "100", launcher: { pid: 4000, startTime: "90" } };

test.each([
  ["", null, null],
  [start, process, null],
  [`${start}exit r1 0 exit\n`, process, { kind: "exit", status: 0 }],
  [`${start}exit r1 137 exit\n`, process, { kind: "exit", status: 137 }],
  [`${start}exit r1 9 signal\n`, process, { kind: "signal", signal: "SIGKILL" }],
  [`${start}exit r1 2 signal\n`, process, { kind: "signal", signal: "SIGINT" }],
  [`${start}exit r1 63 signal\n`, process, { kind: "signal", signal: "signal 63" }],
  // Told to start, and never came so far.
  ["exit r1 126 exit\n", null, { kind: "exit", status: 126 }],
  // Another run's.
  ["start r0 1 2 3 4\nexit r0 5 exit\n", null, null],
  ["start r11 1 2 3 4\n", null, null],
  // A line that is just being written.
  ["start r1 42", null, null],
  [`${start}exit r1 1`, process, null],
  ["nonsense\n\n\0\n", null, null],
  // Without /proc a shell can't tell start times.
  [
    "start r1 4242  4000 \n",
    { pid: 4242, startTime: "", launcher: { pid: 4000, startTime: "" } },
    null,
  ],
])("the record %j", (text, process, end) => {
  expect(parseRecord(text, "r1")).toEqual({ process, end } as ReturnType<typeof parseRecord>);
});

const health = (ok: boolean, second: number): HealthRecord => ({
  run: "r1",
  ok,
  method: "command",
  reason: ok ? null : "no",
  at: `2024-01-01T14:00:0${second}.000Z`,
});

test("a result that repeats the last is written only where another process has written since", () => {
  using directory = directoryWith({});
  const [monitor, command] = [1, 2].map(() => new RunState("demo", directory.path));
  const written = () => readFileSync(join(directory.path, "tasks/web/health.json"), "utf8");
  monitor!.remember("web", { want: "up", run: "r1" });
  monitor!.recordHealth("web", health(true, 1));
  monitor!.recordHealth("web", health(true, 2));
  expect(JSON.parse(written())).toEqual(health(true, 1));
  command!.recordHealth("web", health(false, 3));
  expect(JSON.parse(written())).toEqual(health(false, 3));
  monitor!.recordHealth("web", health(true, 4));
  expect(JSON.parse(written())).toEqual(health(true, 4));
});
