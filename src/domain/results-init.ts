import { type Static, Type } from "@sinclair/typebox";
import { type ErrorCode, errorCodes } from "./failure.ts";

/** An agent that was found, and what became of the block in its context file. */
export const agentSchema = Type.Object({
  agent: Type.String({ description: "its program" }),
  file: Type.String({ description: "absolute" }),
  action: Type.Union([Type.Literal("created"), Type.Literal("updated"), Type.Literal("unchanged")]),
});

const common = {
  ok: Type.Boolean({ description: "false: the block could not be written into some file" }),
  error: Type.Optional(Type.String()),
  error_code: Type.Optional(Type.Unsafe<ErrorCode>(Type.String({ enum: Object.keys(errorCodes) }))),
  hint: Type.Optional(Type.String()),
  session: Type.String({ description: "tmux session name" }),
  config_path: Type.String({ description: "absolute" }),
  agents: Type.Array(agentSchema),
  warnings: Type.Array(Type.String(), { description: "what is worth knowing, in words" }),
};

/** `init`. */
export const initSchema = Type.Object({
  ...common,
  action: Type.Union([Type.Literal("created"), Type.Literal("exists")]),
  tasks: Type.Array(Type.String(), { description: "the tasks of the config" }),
});

/** `inject`. */
export const injectSchema = Type.Object(common);

export type InjectedAgent = Static<typeof agentSchema>;
export type Initiation = Static<typeof initSchema>;
export type Injection = Static<typeof injectSchema>;
