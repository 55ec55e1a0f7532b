import { type Static, Type } from "@sinclair/typebox";
import { nullable, outcome, pid, session, task, time, worktreeSchema } from "./parts.ts";

/** A session in `ps`. */
const listedSessionSchema = Type.Object({
  session,
  running: Type.Boolean({ description: "the tmux session exists" }),
  config_path: nullable(
    Type.String({ description: "absolute; null: it doesn't run, and 0.1.0 made its records" }),
  ),
  gone: nullable(
    Type.Union([Type.Literal("config"), Type.Literal("directory")], {
      description: "what the session has lost; null: nothing",
    }),
  ),
  worktree: worktreeSchema,
  active_tasks: Type.Integer({ description: "how many tasks run" }),
  wanted_tasks: Type.Integer({ description: "how many should run; a job that is done doesn't" }),
  ports: Type.Array(Type.Object({ task, port: Type.Integer() }), {
    description: "of the tasks that run",
  }),
  monitor: nullable(Type.Object({ pid, kind: Type.String() })),
  started_at: nullable(time),
  problem: nullable(
    Type.String({
      description: "why its records can't be read, as a sentence; the rest is unknown",
    }),
  ),
  hint: nullable(Type.String({ description: "where its config is gone, the next step" })),
});

/** `ps`. */
export const psSchema = Type.Object({
  sessions: Type.Array(listedSessionSchema, { description: "by name" }),
  warnings: Type.Array(Type.String(), { description: "tmux servers that did not answer" }),
});

/** What is left of a session: its run directory, or its old logs. */
const leftoverSchema = Type.Object({
  session,
  kind: Type.Union([Type.Literal("run"), Type.Literal("logs")]),
  path: Type.String({ description: "the directory; absolute" }),
  files: Type.Integer({ description: "how many files; of logs, those that are old enough" }),
  bytes: Type.Integer({ description: "the size of these files" }),
  reason: Type.String({ description: "why nothing needs it" }),
  deleted: Type.Boolean(),
});

/** `prune`. */
export const pruneSchema = outcome({
  applied: Type.Boolean({ description: "false: only listed" }),
  items: Type.Array(leftoverSchema, { description: "by session" }),
  bytes: Type.Integer({ description: "of all items" }),
  warnings: Type.Array(Type.String(), { description: "what was left alone, and why" }),
});

export type ListedSession = Static<typeof listedSessionSchema>;
export type Ps = Static<typeof psSchema>;
export type Leftover = Static<typeof leftoverSchema>;
export type Prune = Static<typeof pruneSchema>;
