import { type Static, Type } from "@sinclair/typebox";
import { type ErrorCode, ERROR_CODES } from "../failure.ts";

/** A detected agent, and what happened to the block in its context file. */
const agentSchema = Type.Object({
  agent: Type.String({ description: "its program" }),
  file: Type.String({ description: "absolute" }),
  action: Type.Union([Type.Literal("created"), Type.Literal("updated"), Type.Literal("unchanged")]),
});

const common = {
  ok: Type.Boolean({ description: "false: a file's block could not be written" }),
  error: Type.Optional(Type.String()),
  error_code: Type.Optional(
    Type.Unsafe<ErrorCode>(Type.String({ enum: Object.keys(ERROR_CODES) })),
  ),
  hint: Type.Optional(Type.String()),
  session: Type.String({ description: "tmux session name" }),
  config_path: Type.String({ description: "absolute" }),
  agents: Type.Array(agentSchema),
  warnings: Type.Array(Type.String(), { description: "remarks, as sentences" }),
};

/** `init`. */
export const initSchema = Type.Object({
  ...common,
  action: Type.Union([Type.Literal("created"), Type.Literal("exists")]),
  tasks: Type.Array(Type.String(), { description: "the tasks of the config" }),
});

/** `mcp install`. */
export const mcpSchema = Type.Object({
  ok: common.ok,
  error: common.error,
  error_code: common.error_code,
  hint: common.hint,
  clients: Type.Array(
    Type.Object({
      client: Type.String(),
      file: Type.String({ description: "where the client reads it; absolute" }),
      action: Type.Union([
        Type.Literal("created"),
        Type.Literal("updated"),
        Type.Literal("unchanged"),
        Type.Literal("printed"),
      ]),
      text: Type.Optional(Type.String({ description: "--print: what belongs into the file" })),
    }),
  ),
});

/** `inject`. */
export const injectSchema = Type.Object(common);

export type InjectedAgent = Static<typeof agentSchema>;
export type Initiation = Static<typeof initSchema>;
export type McpInstallation = Static<typeof mcpSchema>;
export type Injection = Static<typeof injectSchema>;
