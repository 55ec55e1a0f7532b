import { Failure } from "../../domain/failure.ts";
import { tmuxEnvironment } from "../system/environment.ts";
import { callersFileLimit, withFileLimit } from "../system/file-limit.ts";
import { tmuxInstallHint } from "./install-hint.ts";

/** The result of a tmux call. tmux reports some errors with status 0, so check `error` too. */
export interface TmuxAnswer {
  ok: boolean;
  output: string;
  /** The output on stderr, trimmed. */
  error: string;
}

/** A call that queries or changes something, or one that opens windows and may start the server. */
export type CallKind = "question" | "opening";

/** Time limits of calls, ms. */
const LIMITS = {
  /** A server answers within milliseconds; after this time it hangs or is stopped. */
  question: 10_000,
  /** Runs the user's hooks and, with a new server, the user's tmux.conf. */
  opening: 60_000,
};

/** After this time, ms, `onSilence` is called. */
const SILENCE = 5000;

export interface CallOptions {
  kind: CallKind;
  /** The working directory of tmux; a new server keeps it. */
  directory: string;
  /** The time left for the command, ms. */
  left: number;
  /** What it reads from stdin. */
  input?: string | undefined;
  /** Called once for a call without an answer after a few seconds. */
  onSilence(): void;
}

/** The calls in progress. */
const running = new Set<Bun.Subprocess>();

/** Kills the calls in progress, when the command ends. */
export function endTmuxCalls(): void {
  for (const child of running) child.kill("SIGKILL");
}

export const tmuxPath = (): string => Bun.which("tmux") ?? "";

/** Runs tmux once. Null: no answer within the limit. E600 if tmux isn't installed. */
export async function callTmux(
  words: string[],
  { kind, directory, left, input, onSilence }: CallOptions,
): Promise<TmuxAnswer | null | Failure> {
  const path = tmuxPath();
  if (path === "") return new Failure("E600", "tmux not found in PATH", tmuxInstallHint());
  // A server passes its limit of open files on to the user's windows.
  const fileLimit = kind === "opening" ? callersFileLimit() : null;
  const child = withFileLimit(fileLimit, () => spawn([path, "-u", ...words], directory, input));
  running.add(child);
  const silence = setTimeout(onSilence, SILENCE);
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), Math.max(0, Math.min(LIMITS[kind], left)));
  try {
    return await Promise.race([answerOf(child), late.promise]);
  } finally {
    clearTimeout(silence);
    clearTimeout(timer);
    running.delete(child);
    if (child.exitCode === null) child.kill("SIGKILL");
  }
}

const spawn = (argv: string[], cwd: string, input: string | undefined) =>
  Bun.spawn(argv, {
    cwd,
    env: tmuxEnvironment(),
    stdin: input === undefined ? "ignore" : Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
  });

async function answerOf(
  child: Bun.Subprocess<"ignore" | Buffer, "pipe", "pipe">,
): Promise<TmuxAnswer> {
  const [output, error, status] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { ok: status === 0, output, error: error.trim() };
}
