import { expect, test } from "bun:test";
import { beforeProblems, runFaults } from "../helpers/fault-run.ts";

// The long form is in tests/bench. FAULT_SEED repeats the decisions of a run.
test.skipIf(process.platform !== "linux")(
  "after crashes, killed monitors and killed commands, every task is as it was asked for",
  async () => {
    const seed = Number(process.env["FAULT_SEED"] ?? Date.now() % 1_000_000);
    const report = await runFaults(seed, 6000);
    const { problems, trace } = report;
    if (problems.length > 0) console.error(`FAULT_SEED=${seed}\n${trace.join("\n")}`);
    const found = { seed, before: beforeProblems(report), problems };
    expect(found).toEqual({ seed, before: [], problems: [] });
  },
  900_000,
);
