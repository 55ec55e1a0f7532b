/** The commands that hints propose and that act on a project. */
const COMMAND =
  /\btaskmux (?=(?:start|stop|restart|kill|exec|send|status|health|why|wait|inspect|logs|events|url|env|attach|watch|daemon|check|add|remove)\b)(?![^;,]*\s--session\b)/g;

/**
 * A text with `flags` in each command of taskmux that it proposes, so that the command acts on the project that these flags
 * name. A command that names a session itself stays as it is.
 */
export const withFlags = (text: string, flags: string): string =>
  flags === "" ? text : text.replace(COMMAND, (start) => `${start}${flags} `);

/** The keys of results whose texts propose commands. */
const KEYS = new Set(["hint", "warnings", "causes"]);

/** A result with these flags in all the commands that it proposes. */
export function proposingWith<T>(value: T, flags: string): T {
  return flags === "" ? value : (mapped(value, flags, false) as T);
}

function mapped(value: unknown, flags: string, proposes: boolean): unknown {
  if (typeof value === "string") return proposes ? withFlags(value, flags) : value;
  if (Array.isArray(value)) return value.map((one) => mapped(one, flags, proposes));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, one]) => [key, mapped(one, flags, proposes || KEYS.has(key))]),
  );
}
