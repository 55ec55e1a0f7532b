import type { Project } from "../../domain/config/config.ts";
import { type ErrorCode, Failure } from "../../domain/failure.ts";

const TMUX_FAILED = new Set<ErrorCode>(["E600", "E601", "E602"]);

/** Whether tmux is missing or failed: then it is unknown which session exists. */
export const isTmuxFailure = ({ code }: Failure): boolean => TMUX_FAILED.has(code);

/** What to do where a session of this name is not the project's. */
export const OTHER_NAME = "Use another name: `name` in taskmux.toml, or --session NAME.";

/** E302: what of a session belongs to the config at `owner`, and whether that file still exists. */
export function othersSession(
  { session }: Project,
  owner: string,
  isThere: boolean,
  how: "belongs to" | "has processes of" | "has the logs of",
): Failure {
  if (isThere) return new Failure("E302", `The session '${session}' ${how} ${owner}`, OTHER_NAME);
  return new Failure(
    "E302",
    `The session '${session}' ${how} ${owner}, which is gone`,
    `Stop what is left of it: taskmux stop --session ${session}`,
  );
}
