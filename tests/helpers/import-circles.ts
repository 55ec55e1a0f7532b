import { dirname, join } from "node:path";

const SPECIFIER = /\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;

/** The files that each file names in an `import`, an `export ... from` or an `import()`, types and lazy ones included. */
const importsOf = (files: ReadonlyMap<string, string>): Map<string, string[]> =>
  new Map(
    [...files].map(([file, text]) => {
      const named = [...text.matchAll(SPECIFIER)].map(([, path]) => join(dirname(file), path!));
      return [file, [...new Set(named)].filter((path) => files.has(path))];
    }),
  );

/** The groups of more than one file in which each leads to each by its imports, sorted; `files`: text by path (Tarjan). */
export function importCircles(files: ReadonlyMap<string, string>): string[][] {
  const imports = importsOf(files);
  const [order, lowest] = [new Map<string, number>(), new Map<string, number>()];
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    const number = order.size;
    order.set(file, number);
    lowest.set(file, number);
    open.push(file);
    for (const next of imports.get(file) ?? []) {
      const reached = order.has(next) ? openNumber(next) : visit(next);
      lowest.set(file, Math.min(lowest.get(file)!, reached));
    }
    if (lowest.get(file) === number) {
      const circle = open.splice(open.indexOf(file));
      if (circle.length > 1) circles.push(circle.toSorted());
    }
    return lowest.get(file)!;
  };
  const openNumber = (file: string) => (open.includes(file) ? order.get(file)! : Infinity);
  for (const file of files.keys()) if (!order.has(file)) visit(file);
  return circles.toSorted(([one = ""], [other = ""]) => one.localeCompare(other));
}
