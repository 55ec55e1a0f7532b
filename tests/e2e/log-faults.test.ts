import { expect, test } from "bun:test";
import { runFaults } from "../helpers/log-faults.ts";

// The long form, and a soak, are in tests/bench.
test.skipIf(process.platform !== "linux")(
  "a log hub that is killed at random loses nothing that is in a FIFO, and repeats nothing",
  async () => {
    const result = await runFaults({ tasks: 4, lines: 1000, rate: 200, kills: 12 });
    expect(result.killedAtRest).toBeGreaterThan(0);
    expect(result).toMatchObject({ bytesUnsaid: 0, repeated: 0, torn: 0, outOfOrder: 0 });
  },
);
