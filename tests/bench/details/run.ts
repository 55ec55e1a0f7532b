import { benches as ofDaemon } from "./daemon.ts";
import { benches as ofFaults } from "./fault-run.ts";
import { benches as ofFiles } from "./file-watch.ts";
import { pick } from "../pick.ts";
import { type Figure, table } from "./figures.ts";
import { benches as ofLogs } from "./logs.ts";
import { benches as ofPorts } from "./ports.ts";
import { benches as ofSupervision } from "./supervision.ts";
import { benches as ofTasks } from "./tasks.ts";

/** What is measured of taskmux alone, each figure next to its floor from the same run. */
interface Bench {
  name: string;
  run(): Promise<Figure[]>;
}

const benches: Bench[] = [
  ...ofTasks,
  ...ofPorts,
  ...ofSupervision,
  ...ofFiles,
  ...ofDaemon,
  ...ofFaults,
  ...ofLogs,
];

/** Prints the figures of the benches whose names hold one of `names`; of all without a name. */
export async function runDetails(names: string[]): Promise<void> {
  const figures: Figure[] = [];
  for (const { name, run } of pick(benches, names)) {
    console.error(`${name} ..`);
    figures.push(...(await run()));
  }
  console.log(table(figures).join("\n"));
}
