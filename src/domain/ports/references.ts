/** Something in the value of a config that stands for what a start chooses, like `${port}` or `${tasks.api.url}`. */
export type Reference =
  | { kind: "session" | "worktree" }
  | { kind: AddressPart }
  /** The port or the URL of another task. */
  | { kind: "task"; task: string; part: AddressPart };

/** The parts of an address that can be referred to. */
export type AddressPart = "port" | "url";

/** `$${`, which stands for a literal `${`; or a reference. A task's name may contain dots. */
const PATTERN =
  /\$(\$\{)|\$\{(?:(port|url)|(session|worktree)|tasks\.([A-Za-z0-9_][A-Za-z0-9_.-]*)\.(port|url))\}/g;

/** Whether a text may contain references or an escaped `${`. */
export const mayRefer = (text: string): boolean => text.includes("${");

/**
 * Replaces the references in a text by their values; one without a value stays as it is. `$${` becomes `${`, and any other
 * `${` stays.
 */
export function expand(
  text: string,
  valueOf: (reference: Reference) => string | undefined,
): string {
  if (!mayRefer(text)) return text;
  return text.replace(PATTERN, (all: string, escaped: string | undefined, ...groups: string[]) => {
    if (escaped !== undefined) return escaped;
    return valueOf(referenceOf(groups)) ?? all;
  });
}

/** The references in a text. */
export function referencesIn(text: string): Reference[] {
  const found: Reference[] = [];
  expand(text, (reference) => {
    found.push(reference);
    return undefined;
  });
  return found;
}

/** A reference as the config writes it. */
export const written = (reference: Reference): string =>
  reference.kind === "task"
    ? `\${tasks.${reference.task}.${reference.part}}`
    : `\${${reference.kind}}`;

function referenceOf([own, name, task, part]: string[]): Reference {
  if (task !== undefined) return { kind: "task", task, part: part as AddressPart };
  return { kind: (own ?? name) as "port" };
}
