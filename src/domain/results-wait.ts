import { type Static, Type } from "@sinclair/typebox";
import { endKeys, nullable, outcome, pid, stateSchema, task } from "./results-parts.ts";

/** What `wait` waits for, besides a line of the log. */
const goal = Type.Union([Type.Literal("healthy"), Type.Literal("exited"), Type.Literal("stopped")]);

const waitedSchema = Type.Object({
  task,
  holds: Type.Boolean(),
  state: stateSchema,
  pid: nullable(pid),
  ...endKeys,
  line: nullable(Type.String({ description: "of the log, the first that matched" })),
  reason: Type.String({ description: "what is true of it now, in words" }),
});

/** `wait T..`: the tasks as they were when it was decided. */
export const waitSchema = outcome({
  for: nullable(goal),
  log: nullable(Type.String({ description: "the regular expression that was waited for" })),
  timed_out: Type.Boolean(),
  elapsed_ms: Type.Integer({ minimum: 0 }),
  results: Type.Array(waitedSchema),
});

export type Waited = Static<typeof waitedSchema>;
export type WaitResult = Static<typeof waitSchema>;
