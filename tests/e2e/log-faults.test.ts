import { expect, test } from "bun:test";
import { builtBinary } from "../helpers/binary.ts";
import { runFaults } from "../helpers/log-faults.ts";

// The long form, and a soak, are in tests/bench.
test.skipIf(process.platform !== "linux")(
  "log writers that are killed at random lose nothing that is in the pipe, and repeat nothing",
  async () => {
    const writer = [builtBinary(), "__log-writer"];
    const result = await runFaults({ tasks: 4, lines: 300, kills: 12, writer });
    expect(result.killedAtRest).toBeGreaterThan(0);
    expect(result.lostFromPipe).toBe(0);
    expect(result.repeated).toBe(0);
  },
  30_000,
);
