import { type Static, Type } from "@sinclair/typebox";
import { logLineSchema } from "./logs.ts";
import { endKeys, error, names, nullable, outcome, session, task } from "./parts.ts";

const jobSchema = Type.Object({
  task,
  done: Type.Boolean({ description: "it has ended, and dependents may rely on it" }),
  ...endKeys,
});

const failedSchema = Type.Object({
  task,
  error: error.error,
  error_code: error.error_code,
  ...endKeys,
});

/** `ci`, and `start --wait --exit-on-failure`. */
export const ciSchema = outcome({
  session,
  action: Type.Literal("finished"),
  jobs: Type.Array(jobSchema, { description: "the tasks with `oneshot`, as they were at the end" }),
  failed: nullable({
    ...failedSchema,
    description: "the task that failed first; after a timeout, a job that has not ended",
  }),
  timed_out: Type.Boolean(),
  interrupted: Type.Boolean({ description: "by a signal" }),
  stopped: names("stopped at the end"),
  still_running: Type.Optional(names("started by others, so that the session lasts")),
  elapsed_ms: Type.Integer({ minimum: 0 }),
  log: Type.Array(logLineSchema, { description: "the last lines of the task that failed" }),
  warnings: Type.Array(Type.String()),
});

export type CiResult = Static<typeof ciSchema>;
