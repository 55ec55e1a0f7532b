import { Failure } from "../domain/failure.ts";
import type { LogsOfOne, LogsOfSeveral } from "../domain/results-logs.ts";
import { tmuxEnvironment } from "./environment.ts";
import { parseJson } from "./files.ts";
import { ownCommand } from "./self.ts";

/** What is looked for in the logs of a project; a text, not an expression. */
export interface LogQuery {
  tasks: readonly string[];
  lines: number | null;
  grep: string | null;
  /** Epoch ms. */
  since: number | null;
}

/** So many searches at a time: they read whole logs, and others want the cores too. */
const MOST_SEARCHES = 2;

/** A search is given up after so many ms. */
const LIMIT = 60_000;

let searching = 0;
const waiting: (() => void)[] = [];

/** Searches logs in a process of its own, so that this one is free meanwhile. */
export async function searchLogs(
  configPath: string,
  session: string,
  query: LogQuery,
): Promise<LogsOfOne | LogsOfSeveral | Failure> {
  if (searching >= MOST_SEARCHES) await new Promise<void>((resolve) => waiting.push(resolve));
  searching++;
  try {
    return await runSearch([`--config=${configPath}`, `--session=${session}`, ...wordsOf(query)]);
  } finally {
    searching--;
    waiting.shift()?.();
  }
}

const wordsOf = ({ tasks, lines, grep, since }: LogQuery): string[] => [
  ...(lines === null ? [] : [`--lines=${lines}`]),
  ...(grep === null ? [] : [`--grep=${grep}`]),
  ...(since === null ? [] : [`--since=${new Date(since).toISOString()}`]),
  "--",
  ...tasks,
];

async function runSearch(words: string[]): Promise<LogsOfOne | LogsOfSeveral | Failure> {
  const child = Bun.spawn([...ownCommand(), "logs", "--json", ...words], {
    cwd: "/",
    env: tmuxEnvironment(),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: LIMIT,
    killSignal: "SIGKILL",
  });
  const said = parseJson(await child.stdout.text());
  if (said === null) return new Failure("E900", "The logs could not be searched");
  const { error, error_code, hint } = said as Partial<ErrorResult>;
  if (error === undefined) return said as LogsOfOne | LogsOfSeveral;
  return new Failure(error_code ?? "E900", error, hint);
}

interface ErrorResult {
  error: string;
  error_code: Failure["code"];
  hint?: string;
}
