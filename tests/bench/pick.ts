/** Those whose names hold one of `names`; all without a name. Throws for a name that is in none. */
export function pick<T extends { name: string }>(all: readonly T[], names: readonly string[]): T[] {
  const unknown = names.find((word) => !all.some(({ name }) => name.includes(word)));
  if (unknown !== undefined)
    throw new Error(`No '${unknown}' in: ${all.map(({ name }) => name).join("; ")}`);
  return all.filter(({ name }) => names.length === 0 || names.some((word) => name.includes(word)));
}
