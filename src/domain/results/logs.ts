import { type Static, Type } from "@sinclair/typebox";

/** A line of a task's log; `ts` is ISO 8601 UTC with `Z`, `text` without colours. A line of `logs -f --json`. */
export const logLineSchema = Type.Object({
  task: Type.String(),
  ts: Type.String({ description: "ISO 8601, UTC, with Z", pattern: "Z$" }),
  text: Type.String(),
});

const runKeys = {
  pid: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
  started_at: Type.Union([Type.String({ pattern: "Z$" }), Type.Null()], {
    description: "null, as pid, where the log has lost the beginning of the run",
  }),
};

/** The keys that flags add. */
const ofFlags = {
  first: Type.Optional(
    Type.Boolean({ description: "--since-last: the first call of this reader for these logs" }),
  ),
  left_out: Type.Optional(
    Type.Integer({
      description:
        "--since-last, --run, --max-bytes: lines before these, beyond the limits; new ones that logs-clean deleted",
      minimum: 0,
    }),
  ),
  rotated_away: Type.Optional(
    Type.Array(Type.String(), {
      description: "--since-last: tasks whose new lines may have been rotated away in part",
    }),
  ),
  cut: Type.Optional(
    Type.Integer({ description: "--line-bytes, --max-bytes: lines that were cut", minimum: 0 }),
  ),
};

/** `logs T --json`: lines as in the log, in UTC, without colours; with `--raw` also without stamps. */
export const logsOfOneSchema = Type.Object({
  task: Type.String(),
  lines: Type.Array(Type.String(), { description: "2024-01-01T14:00:00.123 text, in UTC" }),
  times: Type.Array(Type.String({ pattern: "Z$" }), {
    description: "when each line was written: ISO 8601, UTC, with Z",
  }),
  run: Type.Optional(
    Type.Union([Type.Object(runKeys), Type.Null()], {
      description: "--run: null where the log has none",
    }),
  ),
  ...ofFlags,
});

/** `logs --json` of several tasks, in time order. */
export const logsOfSeveralSchema = Type.Object({
  session: Type.String({ description: "tmux session name" }),
  lines: Type.Array(logLineSchema),
  runs: Type.Optional(
    Type.Array(Type.Object({ task: Type.String(), ...runKeys }), {
      description: "--run: those of the tasks that have one",
    }),
  ),
  ...ofFlags,
});

/** `logs-clean --json`; `task` is null if the command was for all logs of the session. */
export const logsCleanSchema = Type.Object({
  ok: Type.Literal(true),
  session: Type.String({ description: "tmux session name" }),
  deleted: Type.Array(Type.String(), { description: "absolute paths" }),
  task: Type.Union([Type.String(), Type.Null()]),
  warnings: Type.Array(Type.String(), { description: "files that were not deleted, and why" }),
});

export type LogLine = Static<typeof logLineSchema>;
export type LogsOfOne = Static<typeof logsOfOneSchema>;
export type LogsOfSeveral = Static<typeof logsOfSeveralSchema>;
export type LogsClean = Static<typeof logsCleanSchema>;
