/** Defaults that the command line and the API share. */

/** Lines that `logs` shows. */
export const DEFAULT_LINES = 100;

/** Events that `events` shows. */
export const DEFAULT_EVENTS = 50;

/** Port of the API and the page. */
export const DEFAULT_API_PORT = 8765;

/** Time limit of `wait`, seconds. */
export const DEFAULT_WAIT = 60;
