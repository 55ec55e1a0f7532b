import { type Static, Type } from "@sinclair/typebox";
import { ERROR_CODES } from "../failure.ts";

const edit = {
  task: Type.String({ description: "task name" }),
  command: Type.String({ description: "the task's command" }),
  config_path: Type.String({ description: "the file that was changed, absolute" }),
};

/** `add`. */
export const addSchema = Type.Object({
  ok: Type.Literal(true),
  action: Type.Literal("added"),
  ...edit,
});

/** `remove`; `ok` is false if the task was removed from the config, but its processes could not be ended. */
export const removeSchema = Type.Object({
  ok: Type.Boolean(),
  error: Type.Optional(Type.String({ description: "a sentence" })),
  error_code: Type.Optional(
    Type.Unsafe<keyof typeof ERROR_CODES>(Type.String({ enum: Object.keys(ERROR_CODES) })),
  ),
  action: Type.Literal("removed"),
  source: Type.Optional(
    Type.Literal("run", { description: "`taskmux run` had added it; no file was changed" }),
  ),
  ...edit,
});

/** `schema`: a JSON Schema. */
export const schemaSchema = Type.Object(
  { $schema: Type.String(), title: Type.String() },
  { additionalProperties: Type.Unknown() },
);

export type Added = Static<typeof addSchema>;
export type Removed = Static<typeof removeSchema>;
export type SchemaDocument = Static<typeof schemaSchema>;
