import { type Static, Type } from "@sinclair/typebox";
import { eventSchema } from "./events.ts";
import { logLineSchema } from "./logs.ts";
import {
  endKeys,
  errorGroupSchema,
  lastHealthSchema,
  names,
  nullable,
  pid,
  leftSchema,
  sourceSchema,
  refusedSchema,
  runSchema,
  session,
  staleKeys,
  stateSchema,
  task,
  time,
  waitsAtSchema,
  wantSchema,
} from "./parts.ts";

const holder = Type.Object({
  pid: nullable(pid),
  command: nullable(Type.String()),
  cwd: nullable(Type.String({ description: "its working directory" })),
  owner: Type.String({ description: "whose it is, in words" }),
  hint: nullable(
    Type.String({ description: "what to do about it; null where nothing is to be done" }),
  ),
  is_own: Type.Boolean({ description: "a process of this task" }),
});

/** `why T`: an explanation, and the facts behind it. */
export const whySchema = Type.Object({
  task,
  session,
  state: stateSchema,
  healthy: Type.Boolean(),
  want: wantSchema,
  summary: Type.String({ description: "its state, as a sentence" }),
  causes: names("likely causes, the most likely first"),
  hint: Type.String({ description: "the next step" }),
  want_set: nullable(
    Type.Object(
      {
        event: Type.String(),
        at: time,
        by: nullable(Type.String({ description: "who gave the command" })),
      },
      { description: "the newest event of a user's command on it" },
    ),
  ),
  since: nullable(time),
  refused: refusedSchema,
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
  port: nullable(
    Type.Object({
      port: Type.Integer(),
      holders: Type.Array(holder),
      elsewhere: Type.Array(Type.Integer(), {
        description: "the ports on which its processes listen, if none listens on its own",
      }),
    }),
  ),
  url: nullable(Type.String({ description: "where it can be reached" })),
  worktree: nullable(
    Type.Object(
      {
        id: Type.String(),
        main: Type.String({ description: "the main checkout, or the bare repository" }),
        path: Type.String({ description: "where it is, or was" }),
        exists: Type.Boolean({ description: "false: it was removed, or moved" }),
      },
      { description: "the linked git worktree of the config; null in any other directory" },
    ),
  ),
  ...staleKeys,
  left: leftSchema,
  cwd: Type.String({ description: "absolute" }),
  cwd_exists: Type.Boolean(),
  source: sourceSchema,
  waits_at: waitsAtSchema,
  log_error: nullable(Type.String({ description: "why its log can't be written" })),
  events: Type.Array(eventSchema, { description: "the newest of the task, oldest first" }),
  run: runSchema,
  errors: Type.Array(
    Type.Object({
      ...errorGroupSchema.properties,
      task,
      ts: Type.String({ description: "as last_at", pattern: "Z$" }),
      is_cause: Type.Boolean({ description: "false: it was healthy afterwards, or isn't failing" }),
    }),
    { description: "what the last launch printed, the newest last" },
  ),
  last_lines: Type.Array(logLineSchema, { description: "the last lines of the last launch" }),
});

export type Why = Static<typeof whySchema>;
