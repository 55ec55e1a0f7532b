import { benches as ofDaemon } from "./daemon.ts";
import { benches as ofFaults } from "./fault-run.ts";
import { type Figure, table } from "./figures.ts";
import { benches as ofLogs } from "./logs.ts";
import { runPeers } from "./peers/run.ts";
import { benches as ofSupervision } from "./supervision.ts";
import { benches as ofTasks } from "./tasks.ts";

// `bun run bench [NAME..]`: every figure beside its floor from the same run. A NAME picks the benchmarks whose names hold it.
// Figures are for people to read: none of them decides the exit status.
// `bun run bench --peers[=NAME,NAME]`: other tools beside ours instead.

interface Bench {
  name: string;
  run(): Promise<Figure[]>;
}

const benches: Bench[] = [...ofTasks, ...ofSupervision, ...ofDaemon, ...ofFaults, ...ofLogs];

function picked(names: string[]): Bench[] {
  const known = benches.map(({ name }) => name);
  const unknown = names.find((name) => !known.some((one) => one.includes(name)));
  if (unknown !== undefined) throw new Error(`No benchmark '${unknown}' in: ${known.join("; ")}`);
  return benches.filter(
    ({ name }) => names.length === 0 || names.some((one) => name.includes(one)),
  );
}

async function runBenches(names: string[]): Promise<void> {
  const figures: Figure[] = [];
  for (const { name, run } of picked(names)) {
    console.error(`${name} ..`);
    figures.push(...(await run()));
  }
  console.log(table(figures).join("\n"));
}

const words = process.argv.slice(2);
const peers = words.find((word) => /^--peers(=|$)/.test(word));
if (peers === undefined) await runBenches(words);
else await runPeers(peers.split("=")[1]?.split(",") ?? []);
