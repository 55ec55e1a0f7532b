// Values and keys in the TOML that a person would write, on one line.

/** A string: in plain quotes, or as `'...'` if that avoids escapes. */
export function tomlString(text: string): string {
  if (/["\\]/.test(text) && !/['\u0000-\u001f\u007f]/.test(text)) return `'${text}'`;
  // JSON's escapes are TOML's too; TOML also wants one for DEL.
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

/** A key, bare if possible. */
export const tomlKey = (name: string): string =>
  /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name).replaceAll("\u007f", "\\u007f");

export type TomlValue = string | number | boolean | readonly string[] | Record<string, string>;

export function tomlValue(value: TomlValue): string {
  if (typeof value === "string") return tomlString(value);
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(tomlString).join(", ")}]`;
  return inlineTable(Object.entries(value));
}

/** `{ a = 1, "b c" = 2 }` */
export function inlineTable(fields: [name: string, value: TomlValue][]): string {
  const pairs = fields.map(([name, value]) => `${tomlKey(name)} = ${tomlValue(value)}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}
