/** Longer lines are read as text, in characters. */
const LONGEST = 1 << 14;

/** Lines of a stack that are read. */
const MOST_LINES = 80;

/** The keys under which loggers write an error, its stack, its message, and the level. */
const ERRORS = ["err", "error", "exception"];
const STACKS = ["stack", "stack_trace", "stacktrace", "exc_info", "exception"];
const MESSAGES = ["msg", "message", "error", "event"];
const LEVELS = ["level", "severity", "levelname", "log.level"];

/** Bunyan's and pino's level of errors. */
const ERROR_LEVEL = 50;

/**
 * The lines of an error that a logger wrote as one JSON object: its stack, or its message if it is of an error's level. An
 * object without an error gives no lines; null for other text.
 */
export function linesOfJson(text: string): string[] | null {
  if (!text.startsWith("{") || text.length > LONGEST) return null;
  const record = parsed(text);
  if (record === null) return null;
  const error = ERRORS.map((key) => record[key]).find(isRecord) ?? {};
  const stack = textIn(error, STACKS) ?? textIn(record, STACKS);
  if (stack?.includes("\n")) return stack.split("\n", MOST_LINES).map((line) => line.trimEnd());
  if (!isErrorLevel(record)) return [];
  return [(textIn(record, MESSAGES) ?? textIn(error, MESSAGES) ?? text).split("\n")[0]!];
}

type JsonRecord = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(text: string): JsonRecord | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

const textIn = (record: JsonRecord, keys: readonly string[]): string | undefined =>
  keys.map((key) => record[key]).find((value) => typeof value === "string");

function isErrorLevel(record: JsonRecord): boolean {
  const level = LEVELS.map((key) => record[key]).find((value) => value !== undefined);
  if (typeof level === "number") return level >= ERROR_LEVEL;
  return (
    typeof level === "string" && /^(?:error|err|fatal|critical|crit|panic|emerg|alert)/i.test(level)
  );
}
