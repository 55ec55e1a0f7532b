import { type TObject, type TProperties, Type } from "@sinclair/typebox";
import { errorCodes } from "./failure.ts";

// What the shapes of several commands are made of.

export const nullable = <T extends TProperties[string]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
export const names = (description: string) => Type.Array(Type.String(), { description });
export const time = Type.String({ description: "ISO 8601, UTC, with Z", pattern: "Z$" });
export const session = Type.String({ description: "tmux session name" });
export const task = Type.String({ description: "task name" });
export const pid = Type.Integer({ minimum: 1 });

/** The code of an error, `E200`. */
export const errorCodeSchema = Type.Unsafe<keyof typeof errorCodes>(
  Type.String({ enum: Object.keys(errorCodes) }),
);

/** The keys that tell of an error. */
export const error = {
  error: Type.String({ description: "a sentence" }),
  error_code: errorCodeSchema,
  hint: Type.Optional(Type.String({ description: "the next step" })),
};

/** A result whose `ok` may be false: it then bears the keys of an error as well. */
export const outcome = <T extends TProperties>(properties: T): TObject<T & typeof outcomeKeys> =>
  Type.Object({ ...outcomeKeys, ...properties });
export const outcomeKeys = {
  ok: Type.Boolean(),
  error: Type.Optional(error.error),
  error_code: Type.Optional(error.error_code),
  hint: error.hint,
};

export const stateSchema = Type.Union([
  Type.Literal("stopped"),
  Type.Literal("starting"),
  Type.Literal("running"),
  Type.Literal("unhealthy"),
  Type.Literal("exited"),
  Type.Literal("failed"),
  Type.Literal("backoff"),
]);

export const wantSchema = Type.Union([Type.Literal("up"), Type.Literal("down")]);

/** How a process ended: both null where nobody saw it, or where it lives. */
export const endKeys = {
  exit_code: nullable(Type.Integer()),
  exit_signal: nullable(Type.String({ description: "such as SIGKILL" })),
};

/** The newest result of a task's health check. */
export const lastHealthSchema = nullable(
  Type.Object({
    ok: Type.Boolean(),
    method: Type.String({ description: "command, http, tcp, log, process or exit" }),
    reason: nullable(Type.String()),
    at: time,
  }),
);
