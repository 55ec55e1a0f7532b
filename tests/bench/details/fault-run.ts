import { runFaults } from "../../helpers/fault-run.ts";
import type { Figure } from "./figures.ts";

export const benches: { name: string; run(): Promise<Figure[]> }[] = [
  { name: "supervision: a minute of faults", run: faults },
];

const seconds = Number(process.env["BENCH_FAULT_SECONDS"] ?? 60);

/** All that goes wrong in it is reported, with its seed: `FAULT_SEED` repeats it. */
async function faults(): Promise<Figure[]> {
  if (process.platform !== "linux") return [];
  const seed = Number(process.env["FAULT_SEED"] ?? Date.now() % 1_000_000);
  const report = await runFaults(seed, seconds * 1000);
  const { commands, commandsKilled, accidents, monitorsKilled, problems } = report;
  if (problems.length > 0) {
    console.error(`FAULT_SEED=${seed}\n${report.trace.join("\n")}\n\n${problems.join("\n")}`);
  }
  const what = `${commands} commands (${commandsKilled} killed), ${accidents} crashes, ${monitorsKilled} monitors killed`;
  return [
    {
      name: `faults, seed ${seed}: ${what}; floor: none`,
      ours: problems.length,
      floor: 0,
      unit: "problems",
      ratio: problems.length === 0 ? 1 : Number.POSITIVE_INFINITY,
      target: "0",
    },
  ];
}
