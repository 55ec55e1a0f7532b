import type { SpawnOptions } from "./command.ts";

export interface TerminalOptions extends SpawnOptions {
  cols?: number;
  rows?: number;
  /** Called with each piece of output. */
  onOutput?: (text: string) => void;
}

/** A program on a pseudo-terminal of its own; `seen` is all it printed, control sequences included. */
export interface OnTerminal {
  readonly pid: number;
  seen(): string;
  type(text: string): void;
  /** The exit status, once it has ended. */
  ended(): Promise<number>;
}

export function spawnOnTerminal(argv: string[], options: TerminalOptions): OnTerminal {
  const { cwd, env, cols = 80, rows = 24, onOutput } = options;
  const decoder = new TextDecoder();
  let text = "";
  const child = Bun.spawn(argv, {
    cwd,
    env,
    terminal: {
      cols,
      rows,
      data: (_, bytes) => {
        const piece = decoder.decode(bytes, { stream: true });
        text += piece;
        onOutput?.(piece);
      },
    },
  });
  return {
    pid: child.pid,
    seen: () => text,
    type: (typed) => void child.terminal?.write(typed),
    ended: () => child.exited,
  };
}
