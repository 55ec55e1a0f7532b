import { type Static, Type } from "@sinclair/typebox";

/** A line of a task's log; `ts` is ISO 8601 UTC with `Z`, `text` without colours. A line of `logs -f --json`. */
export const logLineSchema = Type.Object({
  task: Type.String(),
  ts: Type.String({ description: "ISO 8601, UTC, with Z", pattern: "Z$" }),
  text: Type.String(),
});

/** What `--since-last` adds. */
const sinceLast = {
  first: Type.Optional(
    Type.Boolean({ description: "--since-last: the first call of this reader for these logs" }),
  ),
  left_out: Type.Optional(
    Type.Integer({ description: "--since-last: new lines before these, beyond -n", minimum: 0 }),
  ),
};

/** `logs T --json`: the lines as they stand in the log, without colours; `--raw`: without stamps too. */
export const logsOfOneSchema = Type.Object({
  task: Type.String(),
  lines: Type.Array(Type.String(), { description: "2024-01-01T14:00:00.123 text" }),
  ...sinceLast,
});

/** `logs --json` of several tasks, in time order. */
export const logsOfSeveralSchema = Type.Object({
  session: Type.String({ description: "tmux session name" }),
  lines: Type.Array(logLineSchema),
  ...sinceLast,
});

/** `logs-clean --json`; `task` is null where all logs of the session were meant. */
export const logsCleanSchema = Type.Object({
  ok: Type.Literal(true),
  session: Type.String({ description: "tmux session name" }),
  deleted: Type.Array(Type.String(), { description: "absolute paths" }),
  task: Type.Union([Type.String(), Type.Null()]),
});

export type LogLine = Static<typeof logLineSchema>;
export type LogsOfOne = Static<typeof logsOfOneSchema>;
export type LogsOfSeveral = Static<typeof logsOfSeveralSchema>;
export type LogsClean = Static<typeof logsCleanSchema>;
