import type { Gone } from "./session-facts.ts";

/** What decides whether anything needs a session's files. */
export interface SessionUse {
  /** Neither a config nor a task is on record. */
  isUnrecorded: boolean;
  /** Absolute; null if none is on record. */
  configPath: string | null;
  gone: Gone | null;
  /** What runs in it, as the end of a sentence that begins with its name; null if nothing. */
  use: string | null;
}

/**
 * Needed: its project is there, or nobody knows where it was. Used: it has lost its project, but something runs. Left:
 * nothing needs its files, and why.
 */
export type Verdict =
  { kind: "needed" } | { kind: "used"; use: string } | { kind: "left"; reason: string };

export function verdictOn({ isUnrecorded, configPath, gone, use }: SessionUse): Verdict {
  if (isUnrecorded ? use !== null : gone === null) return { kind: "needed" };
  if (use !== null) return { kind: "used", use };
  return { kind: "left", reason: isUnrecorded ? UNRECORDED : reasonOf(configPath) };
}

const UNRECORDED = "no session has records for it";

const reasonOf = (configPath: string | null): string =>
  configPath === null ? "the directories of its tasks are gone" : `${configPath} is gone`;
