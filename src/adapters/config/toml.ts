import type { Problem } from "../../domain/failure.ts";

/**
 * Parses TOML with the runtime's parser, which loads nothing. Its errors have no positions, so for an invalid text
 * smol-toml is loaded to find them.
 */
export async function parseToml(text: string): Promise<{ parsed: unknown } | { problem: Problem }> {
  try {
    return { parsed: Bun.TOML.parse(text) };
  } catch (error) {
    return { problem: await syntaxProblem(text, error) };
  }
}

async function syntaxProblem(text: string, error: unknown): Promise<Problem> {
  const { line, column } = await errorPlace(text);
  const source = line === null ? undefined : text.split(/\r?\n/)[line - 1]?.trim();
  return {
    code: "E101",
    message: `Invalid TOML: ${reason(error)}`,
    line,
    column,
    hint: source ? `Line: ${source.length > 80 ? `${source.slice(0, 80)}...` : source}` : null,
  };
}

function reason(error: unknown): string {
  // A hundred thousand brackets overflow the parser's call stack.
  if (error instanceof RangeError) return "it is nested too deeply";
  return error instanceof Error ? error.message.replace(/^TOML Parse error: /, "") : String(error);
}

async function errorPlace(text: string): Promise<{ line: number | null; column: number | null }> {
  const { parse, TomlError } = await import("smol-toml");
  try {
    // With Temporal's types it refuses impossible dates, like the runtime.
    parse(text, { useLegacyDate: false });
  } catch (error) {
    if (error instanceof TomlError) return { line: error.line, column: error.column };
  }
  return { line: null, column: null };
}
