import { Type } from "@sinclair/typebox";

/** `completions`. */
export const completionsSchema = Type.Object({
  ok: Type.Literal(true),
  shell: Type.String(),
  script: Type.String({ description: "for that shell to read" }),
});
