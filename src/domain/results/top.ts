import { type Static, Type } from "@sinclair/typebox";
import { nullable, session, stateSchema, task, time } from "./parts.ts";

const sums = {
  cpu_percent: nullable(
    Type.Number({ description: "of one processor, since the look before; null: not known yet" }),
  ),
  cpu_seconds: Type.Number({ description: "the CPU time of the processes since their start" }),
  memory_bytes: Type.Integer({
    description: "PSS, so that shared memory counts once; RSS where that can't be read",
  }),
  processes: Type.Integer({ description: "how many run" }),
  threads: nullable(Type.Integer({ description: "null: macOS doesn't tell" })),
};

/** `top`. */
export const topSchema = Type.Object({
  session,
  at: time,
  tasks: Type.Array(
    Type.Object({
      name: task,
      state: stateSchema,
      ...sums,
      ports: Type.Array(Type.Integer(), { description: "TCP ports on which its processes listen" }),
      started_at: nullable(time),
    }),
  ),
  total: Type.Object(sums),
});

export type Top = Static<typeof topSchema>;
export type TaskUsage = Top["tasks"][number];
