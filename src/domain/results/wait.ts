import { type Static, Type } from "@sinclair/typebox";
import { endKeys, errorGroups, nullable, outcome, pid, stateSchema, task } from "./parts.ts";

/** The state that `wait` waits for, apart from a line of the log. */
const goal = Type.Union([Type.Literal("healthy"), Type.Literal("exited"), Type.Literal("stopped")]);

const waitedSchema = Type.Object({
  task,
  holds: Type.Boolean(),
  state: stateSchema,
  pid: nullable(pid),
  ...endKeys,
  line: nullable(Type.String({ description: "of the log, the first that matched" })),
  reason: Type.String({ description: "its state now, in words" }),
  errors: errorGroups,
});

/** `wait T..`: the tasks at the moment of the decision. */
export const waitSchema = outcome({
  for: nullable(goal),
  log: nullable(Type.String({ description: "the regular expression that was waited for" })),
  timed_out: Type.Boolean(),
  elapsed_ms: Type.Integer({ minimum: 0 }),
  results: Type.Array(waitedSchema),
});

export type Waited = Static<typeof waitedSchema>;
export type WaitResult = Static<typeof waitSchema>;
