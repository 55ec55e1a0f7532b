import { readdirSync, rmSync } from "node:fs";
import { endProcessesWith } from "./helpers/processes.ts";
import { failureReport } from "./helpers/run-output.ts";
import { RUN_MARK, worldsDirectory, worldsPrefix } from "./helpers/world.ts";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const root = `${import.meta.dirname}/..`;

/** Milliseconds, longer than any run takes: a runner that hangs fails. */
const LIMIT = 60 * 60_000;

/** Four tests a process, a process a core: they mostly wait for tmux and shells. The limit of a test only ends one that hangs. */
const FLAGS = ["--parallel", "--concurrent", "--max-concurrency=4", "--timeout=600000"];

/**
 * Runs the tests and counts them; `args` go to `bun test` (`-t NAME`; a path beginning with `./` stands
 * instead of all of tests/). `show` gets all that is printed, as it comes.
 */
export async function runTests(args: string[], show: (text: string) => void): Promise<Counts> {
  const paths = args.some((arg) => arg.startsWith("./")) ? [] : ["./tests/"];
  const run = `${process.pid}`;
  const child = Bun.spawn([process.execPath, "test", ...FLAGS, ...paths, ...args], {
    cwd: root,
    env: { ...process.env, [RUN_MARK]: run },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: LIMIT,
    killSignal: "SIGKILL",
  });
  const outputs = Promise.all([child.stdout, child.stderr].map((from) => read(from, show)));
  using _stop = onInterrupt(() => child.kill("SIGTERM"));
  const status = await child.exited;
  // Before the outputs end: what is left of the run may hold them open.
  await endWorldsOf(run);
  const output = (await outputs).join("");
  const counts = countsOf(output, status);
  // Once more at the end: what keeps the last lines of a long output only has them too.
  const report = failureReport(output, counts.failed);
  if (report !== null) show(report);
  return counts;
}

/** An interrupted run is a failed one, which clears up behind itself too. */
function onInterrupt(act: () => void): Disposable {
  process.on("SIGINT", act).on("SIGTERM", act);
  return { [Symbol.dispose]: () => process.off("SIGINT", act).off("SIGTERM", act) };
}

async function read(
  stream: ReadableStream<Uint8Array>,
  show: (text: string) => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let output = "";
  for await (const chunk of stream) {
    const text = decoder.decode(chunk, { stream: true });
    show(text);
    output += text;
  }
  return output;
}

/**
 * What `bun test` says it did. Its status alone proves nothing: a test that calls `process.exit(0)` ends
 * the run with status 0 and no summary. So a run that doesn't say `Ran N tests`, or passed none, failed.
 */
export function countsOf(output: string, status: number): Counts {
  const summary = output.slice(
    [...output.matchAll(/^ *\d+ pass$/gm)].at(-1)?.index ?? output.length,
  );
  const count = (word: string) =>
    Number(summary.match(new RegExp(`^ *(\\d+) ${word}s?$`, "m"))?.[1] ?? 0);
  const ran = /^Ran [1-9]\d* tests? across/m.test(summary);
  const passed = ran ? count("pass") : 0;
  const told = Math.max(count("fail"), count("error"));
  const untold = told === 0 && (status !== 0 || passed === 0) ? 1 : 0;
  return { passed, failed: told + untold, skipped: count("skip") + count("todo") };
}

/** A test that timed out, or a runner that was ended, leaves processes and worlds behind. */
export async function endWorldsOf(run: string): Promise<void> {
  await endProcessesWith(`${RUN_MARK}=${run}`, `${worldsDirectory}/${worldsPrefix(run)}`);
  for (const name of readdirSync(worldsDirectory)) {
    if (name.startsWith(worldsPrefix(run))) {
      rmSync(`${worldsDirectory}/${name}`, { recursive: true, force: true });
    }
  }
}

export const summaryOf = ({ passed, failed }: Omit<Counts, "skipped">): string =>
  `${passed} passed, ${failed} failed`;

if (import.meta.main) {
  const counts = await runTests(process.argv.slice(2), (text) => process.stderr.write(text));
  console.log(summaryOf(counts));
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
