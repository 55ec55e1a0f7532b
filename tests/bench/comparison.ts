import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../helpers/binary.ts";
import { RUN_MARK, worldsDirectory, worldsPrefix } from "../helpers/world.ts";
import { endWorldsOf } from "../run.ts";
import { Entrant } from "./entrant.ts";
import { AgentJobs } from "./jobs/agent-jobs.ts";
import { following } from "./measures/following.ts";
import { idle } from "./measures/idle.ts";
import { logs } from "./measures/logs.ts";
import { loss } from "./measures/loss.ts";
import { supervision } from "./measures/supervision.ts";
import { tasks } from "./measures/tasks.ts";
import { pick } from "./pick.ts";
import { machine, report } from "./report.ts";
import { floor } from "./tools/floor.ts";
import { cache } from "./tools/install.ts";
import { mprocs } from "./tools/mprocs.ts";
import { overmind } from "./tools/overmind.ts";
import { pm2 } from "./tools/pm2.ts";
import { processCompose } from "./tools/process-compose.ts";
import { pythonTaskmux } from "./tools/python-taskmux.ts";
import { earlier, ours } from "./tools/taskmux.ts";
import type { Candidate } from "./tools/tool.ts";

const PEERS = [overmind, processCompose, mprocs, pm2, pythonTaskmux];

export interface ComparisonOptions {
  /** Parts of names of measures; none: all. */
  measures: string[];
  /** Names of other tools; null: all. */
  peers: string[] | null;
  /** The path of an earlier taskmux. */
  before: string | null;
}

/** Measures all tools in turn and prints the tables; a run of all measures and tools writes them to RESULTS.md. */
export async function runComparison(options: ComparisonOptions): Promise<void> {
  if (process.platform !== "linux") throw new Error("What a process takes is read from /proc");
  const run = `bench${process.pid}`;
  process.env[RUN_MARK] = run;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void endWorldsOf(run).finally(() => process.exit(130)));
  }
  const directory = mkdtempSync(join(worldsDirectory, worldsPrefix(run)));
  try {
    const place = machine();
    const jobs = new AgentJobs(options.before);
    const all = [...tasks, idle, ...supervision, ...following, ...logs(directory), loss, jobs];
    const measures = pick(all, options.measures);
    const entrants = await Promise.all(
      candidates(options, directory).map((each) => Entrant.of(each, cache)),
    );
    for (const measure of measures) await timed(measure.name, measure.run(entrants));
    const text = `${place}\n\n${report(entrants)}\n${jobs.report()}`;
    console.log(text);
    if (options.measures.length === 0 && options.peers === null) writeResults(text);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function candidates({ peers, before }: ComparisonOptions, directory: string): Candidate[] {
  const others = peers?.length === 0 ? [] : pick(PEERS, peers ?? []);
  const earlierRows = before === null ? [] : earlier(directory, before);
  return [...ours(directory), ...earlierRows, floor, ...others];
}

async function timed(name: string, work: Promise<void>): Promise<void> {
  const began = performance.now();
  await work;
  console.error(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

function writeResults(text: string): void {
  const path = join(root, "tests/bench/RESULTS.md");
  writeFileSync(path, `${HEAD}\n${text}\n${NOTES}`);
  // The format check looks at Markdown too.
  Bun.spawnSync([process.execPath, "fmt", path]);
  console.error(`written to ${path}`);
}

const HEAD = `# taskmux compared with other tools

\`bun run bench\` wrote this. It installs the tools under \`.tools/peers\` (and nowhere else), which takes some minutes the
first time, and measures all of them in one run, in turn, round by round. Each runs with a HOME and a tmux server of its
own. \`--before=BINARY\` adds an earlier taskmux.

Medians; in parentheses, how many times the figure of the first row. Smaller is better everywhere.
`;

const NOTES = `## How to read them

- The bench counts every process of a tool: what descends from its processes, and what names the tool's directory in its
  environment, command line, working directory or open files. It stops if a process that writes the logs isn't among them.
- Each tool is set to the fastest that its configuration allows, where that is not its default: probes and restarts.
- taskmux and the Python program supervise only while a monitor or daemon runs; the others always do.
- A tool that keeps no logs on disk, checks no readiness and opens no terminal for a task does less at a start, and needs
  less memory. process-compose, mprocs and pm2 use pipes or terminals of their own; taskmux and overmind use a window of
  tmux for each task. The memory of tools that write no logs lacks that of a log writer.
- \`stop\` is what ends all tasks: \`down\` (process-compose), \`quit\` (overmind, mprocs), \`kill\` (pm2).
- CPU time counts processes that have ended too: a control group of Linux counts it.
- Memory is measured some seconds after the start. By then taskmux's log hub has unmapped the code that it doesn't use: it
  stays in the kernel's page cache, where it was before. "private" is what no file backs.
- PSS shares a page among all processes that map it: other taskmux processes on the machine make ours look smaller.
- A few milliseconds more or less say nothing: the bench looks once a millisecond.
`;
