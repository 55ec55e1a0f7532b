import { type Static, Type } from "@sinclair/typebox";
import { outcome, pid, task } from "./parts.ts";

/** `send T TEXT`. */
export const sendSchema = outcome({
  task,
  action: Type.Literal("sent"),
  pid,
});

export type Sent = Static<typeof sendSchema>;
