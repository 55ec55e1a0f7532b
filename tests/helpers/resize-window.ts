import { eventuallyIs } from "./eventually.ts";
import { spawnOnTerminal } from "./terminal.ts";
import type { World } from "./world.ts";

/**
 * Resizes a session's current window, and returns once its terminal has that size. tmux 3.0 gives a terminal its new size
 * only while a client shows it, so one is attached, until the world's end.
 */
export async function resizeWindow(
  world: World,
  session: string,
  [columns, rows]: [columns: number, rows: number],
  server: string[] = [],
): Promise<void> {
  const tmux = ["tmux", "-u", ...server];
  const run = async (...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await world.runProgram(argv);
    if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  const target = `=${session}:`;
  await run(...tmux, "resize-window", "-t", target, "-x", `${columns}`, "-y", `${rows}`);
  spawnOnTerminal([...tmux, "attach-session", "-t", target], {
    cwd: world.project,
    env: world.env,
  });
  const terminal = await run(...tmux, "display-message", "-p", "-t", target, "#{pane_tty}");
  // Not by asking tmux: 3.0 puts a second size off as long as it is asked anything.
  await eventuallyIs(
    () => run("sh", "-c", 'stty size <"$1"', "sh", terminal),
    (size) => size === `${rows} ${columns}`,
  );
}
