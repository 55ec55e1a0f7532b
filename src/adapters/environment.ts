/** What identifies a launch, what only a daemon is to know, and what would turn our own binary into `bun`: never passed on. */
const OURS = "RUN SESSION TASK HOOK COMMAND TOKEN DETACHED"
  .split(" ")
  .map((name) => `TASKMUX_${name}`);
const BUN = ["BUN_BE_BUN", "BUN_OPTIONS"];

/** What tmux sets in each pane itself, and what a shell sets for each command. */
const PANE = ["TMUX", "TMUX_PANE", "TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "_"];

/** This process's environment for a tmux that it runs: a server started by it must bear no task's mark. */
export const tmuxEnvironment = (): Record<string, string> => without([...OURS, ...BUN]);

/** This process's environment as a task begins with it. */
export const callerEnvironment = (): Environment =>
  (callers ??= without([...OURS, ...BUN, ...PANE]));

type Environment = Readonly<Record<string, string>>;

/** To read all of `process.env` takes 1 ms, and 50 tasks begin with the same. */
let callers: Environment | undefined;

function without(names: string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !names.includes(name)) environment[name] = value;
  }
  return environment;
}
