import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../helpers/binary.ts";
import { runMark, worldsDirectory, worldsPrefix } from "../../helpers/world.ts";
import { endWorldsOf } from "../../run.ts";
import { writeBigLog } from "../logs.ts";
import { cache } from "./install.ts";
import { type FigureName, figures, type Measure, measuresOf } from "./measures.ts";
import { mprocs } from "./mprocs.ts";
import { overmind } from "./overmind.ts";
import { isLacking, NotToBeHad, type Peer, type Tool } from "./peer.ts";
import { pm2 } from "./pm2.ts";
import { processCompose } from "./process-compose.ts";
import { pythonTaskmux } from "./python-taskmux.ts";
import { machine, report, type Row } from "./report.ts";
import { taskmux, unmonitored } from "./taskmux.ts";
import { tmuxinator } from "./tmuxinator.ts";

/** The first is what all others are compared with. */
const ours: Peer[] = [taskmux, unmonitored];
const peers: Peer[] = [pythonTaskmux, processCompose, overmind, mprocs, pm2, tmuxinator];

const ROUNDS = Number(process.env["BENCH_PEER_ROUNDS"] ?? 3);

/** Seconds that one tool may take of one measure, less its last round: the slow must not cost the time of all. */
const BUDGET = 30;

const BIG_LOG = 500 * 1024 * 1024;

/**
 * `bun run bench --peers[=NAME,NAME]`: what users would pick instead, measured in the same run, the tools in turn.
 * Prints the table; a run of all tools writes it to RESULTS.md too.
 */
export async function runPeers(names: string[]): Promise<void> {
  if (process.platform !== "linux") throw new Error("The memory of a process is read from /proc");
  const run = `peers${process.pid}`;
  process.env[runMark] = run;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void endWorldsOf(run).finally(() => process.exit(130)));
  }
  const directory = mkdtempSync(join(worldsDirectory, worldsPrefix(run)));
  try {
    const bigLog = join(directory, "big.log");
    writeBigLog(bigLog, BIG_LOG);
    const table = report(await measured([...ours, ...picked(names)], measuresOf(bigLog)));
    console.log(`${machine()}\n\n${table}`);
    if (names.length === 0) writeResults(table);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function picked(names: string[]): Peer[] {
  const known = peers.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`No peer '${unknown}' in: ${known.join(", ")}`);
  return names.length === 0 ? peers : peers.filter(({ name }) => names.includes(name));
}

interface Entrant {
  row: Row;
  tool: Tool | null;
}

async function measured(all: Peer[], measures: Measure[]): Promise<Row[]> {
  const entrants: Entrant[] = [];
  for (const peer of all) entrants.push(await entrantOf(peer));
  for (const measure of measures) {
    console.error(`${measure.name} ..`);
    await inTurn(measure, entrants);
  }
  return entrants.map(({ row }) => row);
}

async function entrantOf({ name, install }: Peer): Promise<Entrant> {
  const row: Row = { name, version: null, samples: new Map(), reasons: new Map(), remarks: [] };
  try {
    const tool = await install(cache);
    row.reasons.set("tmux", "It doesn't use tmux.");
    if (isLacking(tool.status)) row.reasons.set("status", `${name}: ${tool.status.lacks}`);
    return { row: { ...row, version: tool.version, remarks: [...tool.remarks] }, tool };
  } catch (error) {
    if (!(error instanceof NotToBeHad)) throw error;
    console.error(`${name}: ${error.message}`);
    for (const figure of figures) row.reasons.set(figure, `${name} can't be had: ${error.message}`);
    return { row, tool: null };
  }
}

/** Round by round, so that what else the machine does meets all tools alike. */
async function inTurn(measure: Measure, entrants: Entrant[]): Promise<void> {
  const spent = new Map<Entrant, number>();
  const rounds = Math.max(1, Math.round(ROUNDS * measure.share));
  for (let number = 0; number < rounds; number++) {
    for (const entrant of entrants) {
      if (!entrant.tool || (spent.get(entrant) ?? 0) > BUDGET * 1000) continue;
      const began = performance.now();
      const goesOn = await oneRound(measure, entrant.row, entrant.tool, number);
      const took = goesOn ? performance.now() - began : Number.POSITIVE_INFINITY;
      spent.set(entrant, (spent.get(entrant) ?? 0) + took);
    }
  }
}

/** False where the tool has no such figure. */
async function oneRound(measure: Measure, row: Row, tool: Tool, number: number): Promise<boolean> {
  const lack = measure.lackOf(tool);
  if (lack) {
    giveReason(row, measure, `${row.name}: ${lack.lacks}`);
    return false;
  }
  try {
    await measure.round(tool, (name, value) => add(row, name, value), number);
  } catch (error) {
    const said = `failed in round ${number + 1} of "${measure.name}": ${messageOf(error)}`;
    console.error(`${row.name} ${said}`);
    row.remarks.push(`it ${said}`);
    giveReason(row, measure, `${row.name} failed in this`);
  }
  return true;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** It is shown where the tool has no other figure. */
function giveReason(row: Row, { figures }: Measure, reason: string): void {
  for (const figure of figures) row.reasons.set(figure, reason);
}

function add({ samples }: Row, name: FigureName, value: number): void {
  samples.set(name, [...(samples.get(name) ?? []), value]);
}

function writeResults(table: string): void {
  const path = join(root, "tests/bench/RESULTS.md");
  writeFileSync(path, `${head}\n${machine()}\n\n${table}\n${notes}`);
  // The format check looks at Markdown too.
  Bun.spawnSync([process.execPath, "fmt", path]);
  console.error(`written to ${path}`);
}

const head = `# taskmux beside what one would pick instead

\`bun run bench --peers\` wrote this. It installs the tools under \`.tools/peers\` (and nowhere else), which takes some
minutes the first time, and measures all of them in one run, in turn, round by round. \`--peers=pm2,overmind\` picks some,
and writes no file; \`BENCH_PEER_ROUNDS=20\` makes it more exact. Each tool runs in a HOME and on a tmux server of its own.

Medians; in parentheses, how many times the figure of the first row. Smaller is better everywhere.
`;

const notes = `How to read them:

- Each tool is set to the fastest that its configuration allows, where that is not how it comes: probes and restarts.
- taskmux and the Python program supervise only while a monitor runs (\`start -m\`); the others always do. So the first row
  is with a monitor, the second without.
- A tool that keeps no logs on disk, checks no readiness and opens no terminal for a task does less at a start, and needs
  less memory. process-compose, mprocs and pm2 use pipes or terminals of their own; taskmux, overmind and tmuxinator a
  window of tmux for each task. The memory of tools that write no logs lacks that of a log writer for each task.
- \`stop\` is what ends all tasks: \`down\` (process-compose), \`quit\` (overmind, mprocs), \`kill\` (pm2). Some of these
  commands return later than the last process ends: that of the Python program after its whole grace period of 5 s.
- PSS shares a page among all processes that map it: other taskmux processes on the machine make ours look smaller.
- A few milliseconds more or less say nothing: the measuring looks once a millisecond.
`;
