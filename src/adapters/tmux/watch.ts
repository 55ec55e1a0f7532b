import { tmuxEnvironment } from "../system/environment.ts";
import { exactly } from "./arguments.ts";
import { tmuxPath } from "./call.ts";

/** A running control client. */
export interface SessionWatch {
  isAlive(): boolean;
  end(): void;
}

/** The messages of a control client that report the end of a window or of the session. */
const CHANGES = /^%(window-close|unlinked-window-close|exit|session-changed)/m;

/**
 * Calls back when a window of the session closes, and when the session or its server ends. A control client without output
 * costs the server nothing, and gets both at once; needs tmux 3.2. Without it, the caller must poll.
 */
export function watchSession(
  name: string,
  server: string[],
  onChange: () => void,
  onEnd: () => void,
): SessionWatch {
  const flags = ["-E", "-f", "no-output,ignore-size,read-only"];
  const words = [...server, "-C", "attach-session", ...flags, "-t", `${exactly(name)}:`];
  const environment = tmuxEnvironment();
  // tmux refuses to attach within itself, except for control clients that name their own server.
  delete environment["TMUX"];
  const child = Bun.spawn([tmuxPath(), "-u", ...words], {
    env: environment,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  void watchOutput(child.stdout, onChange).finally(onEnd);
  return { isAlive: () => child.exitCode === null && !child.killed, end: () => child.kill() };
}

async function watchOutput(
  output: ReadableStream<Uint8Array>,
  onChange: () => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of output) {
    if (CHANGES.test(decoder.decode(chunk, { stream: true }))) onChange();
  }
}
