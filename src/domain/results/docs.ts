import { type Static, Type } from "@sinclair/typebox";

/** `docs` without a topic. */
export const docsListSchema = Type.Object({
  topics: Type.Array(
    Type.Object({ topic: Type.String(), description: Type.String({ description: "one line" }) }),
  ),
});

/** `docs TOPIC`. */
export const docsSchema = Type.Object({
  topic: Type.String(),
  text: Type.String({ description: "the whole page, in Markdown" }),
});

export type DocsList = Static<typeof docsListSchema>;
export type DocsPage = Static<typeof docsSchema>;
