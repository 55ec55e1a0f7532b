import { type Static, Type } from "@sinclair/typebox";
import { errorGroupSchema, nullable, outcome, stateSchema, task } from "./parts.ts";

const verdict = Type.Union([
  Type.Literal("ok"),
  Type.Literal("crashed"),
  Type.Literal("unhealthy"),
  Type.Literal("new_errors"),
  Type.Literal("not_running"),
  Type.Literal("timed_out"),
]);

const verifiedSchema = Type.Object({
  task,
  verdict: nullable(verdict),
  state: stateSchema,
  healthy: Type.Boolean(),
  run: nullable(Type.String({ description: "the launch; null if it was never launched" })),
  relaunched: Type.Boolean({ description: "it was launched after what this call compares with" }),
  reloaded: nullable(
    Type.Boolean({
      description: "it has reloaded itself; null: it has no reload_log, or has printed nothing",
    }),
  ),
  new_errors: Type.Array(errorGroupSchema, {
    description: "errors that it did not print before, the newest last",
  }),
  gone_errors: Type.Integer({
    minimum: 0,
    description: "number of errors from before that it did not print again",
  }),
  url: nullable(Type.String({ description: "where it can be reached" })),
  reason: Type.String({ description: "its state now, in words" }),
});

/** `verify [T..]`: the tasks at the moment of the verdict. */
export const verifySchema = outcome({
  verdict,
  elapsed_ms: Type.Integer({ minimum: 0 }),
  cursor: Type.String({ description: "for --since of the next call" }),
  tasks: Type.Array(verifiedSchema),
});

export type VerifiedTask = Static<typeof verifiedSchema>;
export type VerifyResult = Static<typeof verifySchema>;
