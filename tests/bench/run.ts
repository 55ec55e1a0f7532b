import { parseArgs } from "node:util";
import { runComparison } from "./comparison.ts";
import { runDetails } from "./details/run.ts";

// `bun run bench [NAME..]` compares taskmux with the least that tmux can do and with other tools; a NAME picks the measures
// whose names hold it. Figures are for people to read; they don't decide the exit status.
//   --peers=NAME,..   only these other tools; `--peers=` for none
//   --before=BINARY   an earlier taskmux in the same run
// `bun run bench details [NAME..]`: more figures, of taskmux alone.
// BENCH_ROUNDS=3 makes it three times as long and more exact; BENCH_KILLS=60 kills log writers more often.

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: { peers: { type: "string" }, before: { type: "string" } },
  allowPositionals: true,
});
if (positionals[0] === "details") await runDetails(positionals.slice(1));
else
  await runComparison({
    measures: positionals,
    peers: values.peers?.split(",").filter(Boolean) ?? null,
    before: values.before ?? null,
  });
