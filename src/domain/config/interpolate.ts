/** The value of a variable; undefined if it isn't set. */
export type Lookup = (name: string) => string | undefined;

/** Searches each record in turn, own properties only: a variable may be called `constructor`. */
export const lookupIn =
  (...variables: Readonly<Record<string, string>>[]): Lookup =>
  (name) =>
    variables.find((one) => Object.hasOwn(one, name))?.[name];

/** Why a text can't be interpolated, as the end of a sentence. */
export class InterpolationError extends Error {}

/** Maximum nesting of variables within defaults. */
const DEEPEST = 20;

/**
 * Replaces the variables in a text by the rules of docker compose: `$NAME`, `${NAME}`, and with `:-`, `-`, `:+`, `+`, `:?`
 * or `?`; `$$` is a dollar sign. An unset variable is empty; any other `$` stays. Never runs a command. Throws
 * InterpolationError.
 */
export const interpolate = (text: string, lookup: Lookup): string =>
  new Interpolation(text, lookup).range(0, text.length, 0);

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /(:?)([-+?])/y;

class Interpolation {
  /** The offset of the brace that closes each `${`. */
  readonly #closings = new Map<number, number>();
  readonly #text: string;
  readonly #lookup: Lookup;

  constructor(text: string, lookup: Lookup) {
    this.#text = text;
    this.#lookup = lookup;
    const open: number[] = [];
    for (let at = 0; at < text.length; at++) {
      if (text.startsWith("${", at)) open.push(at);
      else if (text[at] === "}" && open.length > 0) this.#closings.set(open.pop()!, at);
    }
  }

  range(from: number, to: number, depth: number): string {
    if (depth > DEEPEST) throw new InterpolationError("variables are nested too deeply");
    const parts: string[] = [];
    for (let at = from; at < to;) {
      const found = this.#text.indexOf("$", at);
      const dollar = found < 0 || found >= to ? to : found;
      parts.push(this.#text.slice(at, dollar));
      if (dollar === to) break;
      const { value, end } = this.#variable(dollar, depth);
      parts.push(value);
      at = end;
    }
    return parts.join("");
  }

  #variable(dollar: number, depth: number): { value: string; end: number } {
    if (this.#text[dollar + 1] === "$") return { value: "$", end: dollar + 2 };
    const closing = this.#closings.get(dollar);
    const value = closing === undefined ? null : this.#braced(dollar + 2, closing, depth);
    if (value !== null) return { value, end: closing! + 1 };
    const name = matchAt(NAME, this.#text, dollar + 1)?.[0];
    if (name === undefined) return { value: "$", end: dollar + 1 };
    return { value: this.#lookup(name) ?? "", end: dollar + 1 + name.length };
  }

  /** The value of what is between the braces; null if it has no valid form. */
  #braced(from: number, to: number, depth: number): string | null {
    const name = matchAt(NAME, this.#text, from)?.[0];
    if (name === undefined) return null;
    const after = from + name.length;
    const value = this.#lookup(name);
    if (after === to) return value ?? "";
    const [operator, colon, kind] = matchAt(OPERATOR, this.#text, after) ?? [];
    if (operator === undefined) return null;
    const word = (): string => this.range(after + operator.length, to, depth + 1);
    const isSet = value !== undefined && (colon === "" || value !== "");
    if (kind === "+") return isSet ? word() : "";
    if (isSet) return value;
    if (kind === "-") return word();
    throw new InterpolationError(`${name} is not set: ${word()}`.replace(/: $/, ""));
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
