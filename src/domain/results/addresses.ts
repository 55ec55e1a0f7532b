import { type Static, Type } from "@sinclair/typebox";
import { nullable, session, task } from "./parts.ts";

/** `url T`. */
export const urlSchema = Type.Object({
  session,
  task,
  url: Type.String({ description: "where the task can be reached" }),
  port: nullable(Type.Integer({ description: "null where the config has only a url" })),
});

/** `env`. */
export const envSchema = Type.Object({
  session,
  env: Type.Record(Type.String(), Type.String(), {
    description: "TASKMUX_PORT_TASK and TASKMUX_URL_TASK of each task that has them",
  }),
});

export type TaskUrl = Static<typeof urlSchema>;
export type Environment = Static<typeof envSchema>;
