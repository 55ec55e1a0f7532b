// The statuses with which a command ends.

export const OK = 0;
/** The command failed: `ok` is false. */
export const FAILED = 1;
/** Invalid usage or an invalid config: nothing was done. */
export const WRONG = 2;
/** `--timeout` expired; the same status as coreutils' `timeout`. */
export const TIMED_OUT = 124;
/** A signal ended the command early. */
export const INTERRUPTED = 130;

/** The error codes of invalid usage and invalid configs: a command that fails with one exits with WRONG. */
export const WRONG_CODES = new Set<string>(
  "E100 E101 E102 E103 E104 E210 E211 E212 E500 E501".split(" "),
);
