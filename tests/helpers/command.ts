export interface Output {
  stdout: string;
  stderr: string;
  /** The exit status; 128 + the signal's number where a signal ended it. */
  exitCode: number;
  /** The one JSON document that is all of stdout; throws where stdout is anything else. */
  json(): any;
}

/** A program that has been started; its output is collected as it comes. */
export interface Running {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** The whole lines of stdout so far. */
  lines(): string[];
  signal(name: NodeJS.Signals): void;
  /** Its output once it has ended. After `timeout` ms it is ended by SIGKILL, and an error shows what it had said. */
  ended(timeout?: number): Promise<Output>;
}

/** Milliseconds: long, for a busy machine may take ten times as long as a quiet one. */
const PATIENCE = 240_000;

export interface SpawnOptions {
  cwd: string;
  env: Record<string, string>;
  stdin?: string;
}

export function spawn(argv: string[], { cwd, env, stdin }: SpawnOptions): Running {
  const child = Bun.spawn(argv, {
    cwd,
    env,
    stdin: stdin === undefined ? "ignore" : Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const output = async (): Promise<Output> => {
    await Promise.all([child.exited, stdout.closed, stderr.closed]);
    return outputOf(stdout.text(), stderr.text(), await child.exited);
  };
  return {
    pid: child.pid,
    stdout: stdout.text,
    stderr: stderr.text,
    lines: () => stdout.text().split("\n").slice(0, -1),
    signal: (name) => child.kill(name),
    ended: async (timeout = PATIENCE) => {
      const late = () => {
        child.kill("SIGKILL");
        const said = `stdout: ${stdout.text()}\nstderr: ${stderr.text()}`;
        throw new Error(
          `${argv.join(" ")}\nhas not ended, or its output not closed, within ${timeout} ms\n${said}`,
        );
      };
      return inTime(output(), timeout, late);
    },
  };
}

function outputOf(stdout: string, stderr: string, exitCode: number): Output {
  const json = () => {
    if (!stdout.endsWith("\n")) throw new Error(`No JSON document and newline: ${stdout}${stderr}`);
    return JSON.parse(stdout);
  };
  return { stdout, stderr, exitCode, json };
}

function collect(stream: ReadableStream<Uint8Array>): { text(): string; closed: Promise<void> } {
  const decoder = new TextDecoder();
  let text = "";
  const read = async (): Promise<void> => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  };
  return { text: () => text, closed: read() };
}

async function inTime<T>(work: Promise<T>, timeout: number, late: () => never): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), timeout);
  try {
    const first = await Promise.race([work, promise]);
    return first === "late" ? late() : first;
  } finally {
    clearTimeout(timer);
  }
}
