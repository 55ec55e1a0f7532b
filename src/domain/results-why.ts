import { type Static, Type } from "@sinclair/typebox";
import { eventSchema } from "./results-events.ts";
import { logLineSchema } from "./results-logs.ts";
import {
  endKeys,
  lastHealthSchema,
  names,
  nullable,
  pid,
  session,
  stateSchema,
  task,
  time,
  wantSchema,
} from "./results-parts.ts";

const holder = Type.Object({
  pid: nullable(pid),
  command: nullable(Type.String()),
  owner: Type.String({ description: "whose it is, in words" }),
  is_own: Type.Boolean({ description: "a process of this task" }),
});

/** `why T`: an explanation, and the facts that it was made from. */
export const whySchema = Type.Object({
  task,
  session,
  state: stateSchema,
  healthy: Type.Boolean(),
  want: wantSchema,
  summary: Type.String({ description: "what is true of it, as a sentence" }),
  causes: names("why that is so, the most likely first"),
  hint: Type.String({ description: "the next step" }),
  want_set: nullable(
    Type.Object(
      { event: Type.String(), at: time },
      { description: "the newest event that says what was asked of it" },
    ),
  ),
  since: nullable(time),
  pid: nullable(pid),
  started_at: nullable(time),
  last_exit: nullable(
    Type.Object(
      { ...endKeys, at: nullable(time), after_ms: nullable(Type.Number({ minimum: 0 })) },
      { description: "how the last launch ended; null while it lives" },
    ),
  ),
  last_health: lastHealthSchema,
  restart_policy: Type.String(),
  restarts: Type.Integer({ minimum: 0 }),
  max_restarts: Type.Integer({ description: "0: no limit", minimum: 0 }),
  next_restart_at: nullable(time),
  monitor: nullable(Type.Object({ pid, kind: Type.String() })),
  depends_on: Type.Array(Type.Object({ task, state: stateSchema, healthy: Type.Boolean() })),
  port: nullable(Type.Object({ port: Type.Integer(), holders: Type.Array(holder) })),
  cwd: Type.String({ description: "absolute" }),
  cwd_exists: Type.Boolean(),
  log_error: nullable(Type.String({ description: "why its log can't be written" })),
  events: Type.Array(eventSchema, { description: "the newest of the task, oldest first" }),
  errors: Type.Array(logLineSchema, {
    description: "the last lines of the last launch that look like errors",
  }),
  last_lines: Type.Array(logLineSchema, { description: "the last lines of the last launch" }),
});

export type Why = Static<typeof whySchema>;
