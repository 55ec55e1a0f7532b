/** Every error code of the contract, with what it stands for. Codes are stable: scripts match on them. */
export const errorCodes = {
  E100: "no config",
  E101: "invalid TOML",
  E102: "invalid task",
  E103: "unknown key",
  E104: "invalid value",
  E105: "config exists",
  E106: "file can't be written",
  E200: "task not found",
  E202: "not running",
  E203: "task exists",
  E204: "task is depended on",
  E210: "unknown dependency",
  E211: "depends on itself",
  E212: "cycle",
  E213: "cwd missing",
  E214: "dependency not ready",
  E215: "ended while starting",
  E220: "port held",
  E300: "session doesn't exist",
  E301: "not our session",
  E302: "another config's session",
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

export type ErrorCode = keyof typeof errorCodes;

/** A place in a config file; lines and columns count from 1. */
export interface Problem {
  code: ErrorCode;
  message: string;
  line: number | null;
  column: number | null;
  hint: string | null;
}

/**
 * An expected failure: a sentence that names the thing, and the next step where there is one.
 * It is returned, never thrown; what is thrown is a bug (E900).
 */
export class Failure {
  constructor(
    readonly code: ErrorCode,
    readonly message: string,
    readonly hint?: string | undefined,
    /** All problems of a config file, where it is one that failed. */
    readonly problems?: readonly Problem[],
    /** Absolute path of that file. */
    readonly file?: string,
  ) {}
}

export const isFailure = (value: unknown): value is Failure => value instanceof Failure;

/** What was thrown (a full disk, say), for a process that has to go on: as a failure of what it did. */
export const thrownFailure = (error: unknown): Failure =>
  new Failure("E900", error instanceof Error ? error.message : String(error));
