import type { Subprocess } from "bun";
import { Failure } from "../../domain/failure.ts";
import type { LogsOfOne, LogsOfSeveral } from "../../domain/results/logs.ts";
import { ownEnvironment } from "../system/environment.ts";
import { parseJson } from "../system/files.ts";
import { ownCommand } from "../system/own-command.ts";

/** A search in the logs of a project. */
export interface LogQuery {
  tasks: readonly string[];
  lines: number | null;
  grep: string | null;
  /** The text is a regular expression. */
  regex: boolean;
  /** Epoch ms. */
  since: number | null;
}

/** Maximum number of searches at a time: each reads whole logs and takes a core. */
const MOST_SEARCHES = 2;

/** Time limit of a search, ms. */
const LIMIT = 60_000;

let searching = 0;
const waiting: (() => void)[] = [];

const running = new Set<Subprocess>();

/** Ends all searches, when this process ends. */
export function endSearches(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Searches logs in a child process, so that this one stays responsive. */
export const searchLogs = (
  configPath: string,
  session: string,
  query: LogQuery,
): Promise<LogsOfOne | LogsOfSeveral | Failure> =>
  inTurn(() => {
    const words = [`--config=${configPath}`, `--session=${session}`, ...wordsOf(query)];
    return runSearch<LogsOfOne | LogsOfSeveral>(["logs", "--json", ...words]);
  });

/** A search of the tool `logs` of MCP; the child reads it from its stdin. The signal ends the child. */
export const searchForTool = (
  { configPath, session }: { configPath: string; session: string },
  search: object,
  cancelled: AbortSignal,
): Promise<FoundText | Failure> =>
  inTurn(async () => {
    cancelled.throwIfAborted();
    const input = { text: JSON.stringify(search), cancelled };
    return runSearch<FoundText>(["__search-logs", configPath, session], input);
  });

interface FoundText {
  text: string;
  cursor: string;
  left_out: number;
  cut?: number;
}

async function inTurn<T>(search: () => Promise<T>): Promise<T> {
  if (searching >= MOST_SEARCHES) await new Promise<void>((resolve) => waiting.push(resolve));
  searching++;
  try {
    return await search();
  } finally {
    searching--;
    waiting.shift()?.();
  }
}

const wordsOf = ({ tasks, lines, grep, regex, since }: LogQuery): string[] => [
  ...(lines === null ? [] : [`--lines=${lines}`]),
  ...(grep === null ? [] : [`--grep=${grep}`]),
  ...(regex ? ["--regexp"] : []),
  ...(since === null ? [] : [`--since=${new Date(since).toISOString()}`]),
  "--",
  ...tasks,
];

async function runSearch<T extends object>(
  words: string[],
  input?: { text: string; cancelled: AbortSignal },
): Promise<T | Failure> {
  const child = Bun.spawn([...ownCommand(), ...words], {
    cwd: "/",
    env: ownEnvironment(),
    stdin: input === undefined ? "ignore" : Buffer.from(input.text),
    stdout: "pipe",
    stderr: "ignore",
    timeout: LIMIT,
    killSignal: "SIGKILL",
    ...(input !== undefined && { signal: input.cancelled }),
  });
  running.add(child);
  const text = await child.stdout.text().finally(() => running.delete(child));
  const said = parseJson(text);
  if (said === null && child.signalCode !== null) {
    const sentence = `The logs can't be searched: the search was ended by ${child.signalCode}`;
    return new Failure("E106", sentence, `It may take ${LIMIT / 1000} s.`);
  }
  if (said === null) return new Failure("E900", "The logs could not be searched");
  const { error, error_code, hint } = said as Partial<ErrorResult>;
  if (error === undefined) return said as T;
  return new Failure(error_code ?? "E900", error, hint);
}

interface ErrorResult {
  error: string;
  error_code: Failure["code"];
  hint?: string;
}
