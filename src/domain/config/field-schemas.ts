import { Type, type Static, type TOptional, type TSchema } from "@sinclair/typebox";

// The kinds of fields in a config. To be imported like config.ts.

export const withDefault = <S extends TSchema, D extends Static<S>>(schema: S, value: D) =>
  Type.Optional({ ...schema, default: value }) as TOptional<S> & { default: D };

// Timers count in 32-bit milliseconds; 11 days are enough for a health check.
export const LONGEST_TIME = 1_000_000;

export const text = (description: string) =>
  Type.String({ description, pattern: "^\\s*[^\\0\\s][^\\0]*$" });
export const seconds = (description: string) =>
  Type.Number({ description, exclusiveMinimum: 0, maximum: LONGEST_TIME });
export const count = (description: string, minimum: number, maximum: number) =>
  Type.Integer({ description, minimum, maximum });

export const environment = (description: string) =>
  Type.Record(Type.String({ pattern: "^[^=\\0]+$" }), Type.String({ pattern: "^[^\\0]*$" }), {
    description,
    additionalProperties: false,
  });
export const files = (description: string) =>
  Type.Optional(Type.Union([text("a file"), Type.Array(text("a file"))], { description }));

/** As `parseSize` reads it. */
export const size = (description: string) =>
  Type.Union(
    [
      Type.String({ pattern: "^\\s*\\d+(\\.\\d+)?\\s*([KkMmGgTt]?[Ii]?[Bb]?)\\s*$" }),
      Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    ],
    { description },
  );
