import { expect, test } from "bun:test";
import { runFaults } from "../helpers/fault-run.ts";

// The long form is in tests/bench. FAULT_SEED repeats the decisions of a run.
test.skipIf(process.platform !== "linux")(
  "after crashes, killed monitors and killed commands, every task is as it was asked for",
  async () => {
    const seed = Number(process.env["FAULT_SEED"] ?? Date.now() % 1_000_000);
    const { problems, trace } = await runFaults(seed, 6000);
    if (problems.length > 0) console.error(`FAULT_SEED=${seed}\n${trace.join("\n")}`);
    expect({ seed, problems }).toEqual({ seed, problems: [] });
  },
  90_000,
);
