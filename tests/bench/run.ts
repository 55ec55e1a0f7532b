import { benches as ofFaults } from "./fault-run.ts";
import { type Figure, table } from "./figures.ts";
import { benches as ofLogs } from "./logs.ts";
import { benches as ofSupervision } from "./supervision.ts";
import { benches as ofTasks } from "./tasks.ts";

// `bun run bench [NAME..]`: every figure beside its floor from the same run. A NAME picks the benchmarks whose names hold it.
// Figures are for people to read: none of them decides the exit status.

interface Bench {
  name: string;
  run(): Promise<Figure[]>;
}

const benches: Bench[] = [...ofTasks, ...ofSupervision, ...ofFaults, ...ofLogs];

function picked(names: string[]): Bench[] {
  const known = benches.map(({ name }) => name);
  const unknown = names.find((name) => !known.some((one) => one.includes(name)));
  if (unknown !== undefined) throw new Error(`No benchmark '${unknown}' in: ${known.join("; ")}`);
  return benches.filter(
    ({ name }) => names.length === 0 || names.some((one) => name.includes(one)),
  );
}

const figures: Figure[] = [];
for (const { name, run } of picked(process.argv.slice(2))) {
  console.error(`${name} ..`);
  figures.push(...(await run()));
}
console.log(table(figures).join("\n"));
