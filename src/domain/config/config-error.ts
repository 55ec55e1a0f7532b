import type { ErrorCode } from "../failure.ts";
import type { Path } from "../values/shape.ts";

/** An error of a config, before its position in the text is known. */
export interface ConfigError {
  code: ErrorCode;
  path: Path;
  part: "key" | "value";
  message: string;
  hint: string | null;
}

/** A field as messages write it: `tasks.web.depends_on[1]`, names with dots in quotes. */
export function fieldName(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      const name = /^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part);
      return index === 0 ? name : `.${name}`;
    })
    .join("");
}
