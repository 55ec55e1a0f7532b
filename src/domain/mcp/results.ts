import { type Static, type TProperties, Type } from "@sinclair/typebox";
import { errorCodeSchema, names, nullable, pid, stateSchema } from "../results/parts.ts";

// The results of the MCP tools. Clients show a model these alone: a key is absent where there is nothing to say.

const result = <T extends TProperties>(properties: T) =>
  Type.Object({
    session: Type.String({ description: "tmux session name" }),
    dir: Type.String({ description: "directory of taskmux.toml" }),
    ...properties,
  });

const maybe = <T extends TProperties[string]>(schema: T) => Type.Optional(schema);

/** A task in a result. */
const briefSchema = Type.Object({
  name: Type.String(),
  state: stateSchema,
  healthy: Type.Boolean(),
  url: maybe(Type.String()),
  port: maybe(Type.Integer()),
  pid: maybe(pid),
  reason: maybe(
    Type.String({ description: "why it isn't up, or not healthy; the prompt at which it waits" }),
  ),
  stale: maybe(names("what a restart would change")),
  restarts: maybe(Type.Integer({ minimum: 1 })),
  by: maybe(Type.String({ description: "who gave the newest order for it" })),
});

/** Errors in a task's output that say the same. */
const errorSchema = Type.Object({
  text: Type.String(),
  frames: names("places in the project's files, the nearest to the throw first"),
  count: Type.Integer({ minimum: 1 }),
  last_at: Type.String(),
});
const errors = maybe(Type.Array(errorSchema));

const failureSchema = Type.Object({
  task: maybe(Type.String()),
  error: Type.String(),
  error_code: maybe(errorCodeSchema),
  hint: maybe(Type.String()),
  errors,
});

const warnings = maybe(Type.Array(Type.String()));

/** `status`. */
export const overviewSchema = result({
  tasks: Type.Array(briefSchema),
  monitor: nullable(
    Type.Object(
      { pid, kind: Type.String() },
      { description: "what restarts crashed tasks; null: nothing does" },
    ),
  ),
  siblings: maybe(
    Type.Array(Type.Object({ session: Type.String(), config_path: Type.String() }), {
      description: "running sessions of other worktrees",
    }),
  ),
});

/** `start`, `restart`, `stop`, `run`. */
export const launchedSchema = result({
  ok: Type.Boolean(),
  timed_out: maybe(Type.Literal(true)),
  tasks: Type.Array(briefSchema),
  failures: maybe(Type.Array(failureSchema)),
  new_errors: errors,
  warnings,
});

/** A task in a verification. */
const verifiedTaskSchema = Type.Object({
  task: Type.String(),
  verdict: maybe(Type.String()),
  state: stateSchema,
  healthy: Type.Boolean(),
  relaunched: maybe(Type.Literal(true)),
  reloaded: maybe(Type.Boolean()),
  new_errors: errors,
  gone_errors: maybe(Type.Integer({ minimum: 1 })),
  url: maybe(Type.String()),
  reason: maybe(Type.String()),
});

/** `verify`. */
export const verifiedSchema = result({
  ok: Type.Boolean(),
  verdict: Type.String({
    description: "ok, crashed, unhealthy, new_errors, not_running, timed_out",
  }),
  timed_out: maybe(Type.Literal(true)),
  hint: maybe(Type.String()),
  cursor: Type.String({ description: "for the next call" }),
  tasks: Type.Array(verifiedTaskSchema),
});

/** `why`. */
export const reasonsSchema = result({
  state: Type.String({ description: "of the task; of a port: held or free" }),
  summary: Type.String(),
  causes: maybe(names("of a task: likely causes, the most likely first")),
  errors,
  hint: maybe(Type.String({ description: "the next step" })),
  holder: maybe(
    Type.Object(
      {
        pid: nullable(pid),
        command: maybe(nullable(Type.String())),
        cwd: maybe(nullable(Type.String())),
        owner: Type.String(),
        hint: maybe(Type.String()),
      },
      { description: "who listens on the port: what causes don't say of it" },
    ),
  ),
});

/** `logs`. */
export const logTextSchema = result({
  text: Type.String(),
  cursor: Type.String({ description: "for the next call" }),
  left_out: Type.Integer({ minimum: 0, description: "lines before these that are not shown" }),
  cut: maybe(Type.Integer({ minimum: 1, description: "lines that were cut" })),
});

export type Brief = Static<typeof briefSchema>;
export type ToolFailure = Static<typeof failureSchema>;
export type ToolErrors = Static<typeof errorSchema>[];
export type Launched = Static<typeof launchedSchema>;
export type VerifiedBrief = Static<typeof verifiedTaskSchema>;
export type Verified = Static<typeof verifiedSchema>;
export type Overview = Static<typeof overviewSchema>;
export type Reasons = Static<typeof reasonsSchema>;
export type LogText = Static<typeof logTextSchema>;
export type PortHolderFacts = NonNullable<Reasons["holder"]>;

/** A result without the keys that every one has. */
export type Lean<R extends { session: string; dir: string }> = Omit<R, "session" | "dir">;
