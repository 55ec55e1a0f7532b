import { quote } from "../../domain/values/shell-word.ts";

/**
 * Quotes a path for a shell command that tmux expands first (`#{}`, `#()`, strftime): a character that is special to either
 * is written in octal, which only `printf` interprets.
 */
export function inert(path: string): string {
  if (/^[A-Za-z0-9_./-]+$/.test(path)) return path;
  const octal = [...Buffer.from(path)].map((byte) => {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9_./-]/.test(character)) return character;
    return `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `"$(printf ${quote(octal.join(""))})"`;
}
