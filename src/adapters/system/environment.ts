import { isAgentMarker } from "../../domain/values/agents.ts";

/** Set in the environment of a daemon in the background only; its children don't inherit it. */
export const DETACHED = "TASKMUX_DETACHED";

/**
 * Variables that are never passed on: those that identify a launch, those between taskmux processes, and those that would
 * turn this executable into `bun`.
 */
const OURS = new Set([
  ..."RUN SESSION TASK WORKTREE HOOK COMMAND TOKEN DETACHED FILE_LIMIT HANDED_OVER"
    .split(" ")
    .map((name) => `TASKMUX_${name}`),
  "BUN_BE_BUN",
  "BUN_OPTIONS",
]);

/** The addresses of tasks, which may be those of another session. */
const isAddress = (name: string): boolean => /^TASKMUX_(PORT|URL)_/.test(name);

const isNeverPassed = (name: string): boolean => OURS.has(name) || isAddress(name);

/** Variables that tmux sets in each pane, and that a shell sets for each command. */
const PANE = new Set(["TMUX", "TMUX_PANE", "TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "_"]);

/** What a task's command needs to know of this terminal, to run on it instead of in a window. */
export const terminalEnvironment = (): Environment =>
  without((name) => !PANE.has(name) || name === "_");

/** Variables that say who runs this command, and which tasks it means: a task must not act so. */
const CALLER = new Set(["TASKMUX_ACTOR", "TASKMUX_READER", "TASKMUX_PROFILES"]);

const isOfCaller = (name: string): boolean => CALLER.has(name) || isAgentMarker(name);

/**
 * This process's environment for taskmux processes that outlive this one: without any task's mark, since they must not
 * belong to the task that this process runs in.
 */
export const ownEnvironment = (): Record<string, string> => outsideOfTasks(() => false);

/** The same for tmux, whose server keeps the environment of the process that started it. */
export const tmuxEnvironment = (): Record<string, string> => outsideOfTasks(isOfCaller);

const outsideOfTasks = (isLeftOut: (name: string) => boolean): Record<string, string> => ({
  ...without((name) => isNeverPassed(name) || isLeftOut(name)),
  ...(process.env["TASKMUX_RUN"] !== undefined && { TASKMUX_RUN: "" }),
});

/** This process's environment as the base of a task's, which does not depend on who starts the task. */
export const callerEnvironment = (): Environment =>
  (callers ??= without((name) => isNeverPassed(name) || PANE.has(name) || isOfCaller(name)));

type Environment = Readonly<Record<string, string>>;

/** Reading all of `process.env` takes 1 ms, and 50 tasks start with the same. */
let callers: Environment | undefined;

function without(isLeftOut: (name: string) => boolean): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !isLeftOut(name)) environment[name] = value;
  }
  return environment;
}
