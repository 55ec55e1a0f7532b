import { withFlags } from "./values/proposed-commands.ts";

/** All error codes and their meaning. Codes are stable: scripts match on them. */
export const ERROR_CODES = {
  E100: "no config",
  E101: "invalid TOML",
  E102: "invalid task",
  E103: "unknown key",
  E104: "invalid value",
  E105: "config exists",
  E106: "a file can't be read or written",
  E107: "too many files to watch",
  E108: "another user's config",
  E200: "task not found",
  E202: "not running",
  E203: "task exists",
  E204: "task is depended on",
  E205: "profile not found",
  E206: "session in use",
  E210: "unknown dependency",
  E211: "depends on itself",
  E212: "cycle",
  E213: "cwd missing",
  E214: "dependency not ready",
  E215: "ended while starting",
  E216: "reference to nothing",
  E217: "went to the background",
  E218: "can't be ended",
  E219: "printed new errors",
  E220: "port held",
  E221: "no url",
  E300: "session doesn't exist",
  E301: "not our session",
  E302: "another config's session",
  E303: "not a directory of this project",
  E400: "hook failed",
  E401: "hook timed out",
  E500: "invalid argument",
  E501: "unknown command",
  E600: "tmux not found",
  E601: "tmux too old",
  E602: "tmux failed",
  E700: "API port in use",
  E701: "already monitored",
  E702: "may not use the API",
  E703: "too much for the API at once",
  E900: "internal",
  E901: "interrupted",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A problem in a config file; line and column count from 1. */
export interface Problem {
  code: ErrorCode;
  message: string;
  line: number | null;
  column: number | null;
  hint: string | null;
}

/**
 * An expected failure: a sentence that names the thing, and optionally the next step. It is returned, never thrown; only
 * bugs are thrown (E900).
 */
export class Failure {
  constructor(
    readonly code: ErrorCode,
    readonly message: string,
    readonly hint?: string | undefined,
    /** All problems of a config file, if the failure is an invalid config. */
    readonly problems?: readonly Problem[],
    /** Absolute path of that file. */
    readonly file?: string,
  ) {}

  /** The failure with these flags in the commands that its hint proposes. */
  proposingWith(flags: string): Failure {
    if (flags === "" || this.hint === undefined) return this;
    const { code, message, hint, problems, file } = this;
    return new Failure(code, message, withFlags(hint, flags), problems, file);
  }
}

export const isFailure = (value: unknown): value is Failure => value instanceof Failure;
