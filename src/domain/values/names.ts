// The same patterns are in config.ts, which the fast path doesn't load; a test compares them.
const SESSION = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;
const TASK = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** Letters, digits, `_` and `-` (not first), at most 64: tmux keeps such a name unchanged. */
export const validSessionName = (name: string): boolean => SESSION.test(name);

/** As for a session name, and `.` (not first). */
export const validTaskName = (name: string): boolean => TASK.test(name);

export const SESSION_NAME_RULE = "1 to 64 letters, digits, '_' or '-', the first not '-'";
export const TASK_NAME_RULE = "1 to 64 letters, digits, '_', '-' or '.', the first not '-' or '.'";

/** A valid session name, which is also a valid task name, similar to an invalid one. */
export function suggestName(bad: string): string {
  const letters = bad.normalize("NFKD").replace(/\p{Mark}+/gu, "");
  const name = letters.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+/, "");
  return name.slice(0, 64).replace(/-+$/, "") || "main";
}
