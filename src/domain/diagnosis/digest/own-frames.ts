import type { Frame } from "./frames.ts";
import { ownFile, type ProjectPlaces } from "./own-file.ts";

/** A place in a file of the project; `file` is relative to the project. */
export interface OwnFrame {
  file: string;
  line: number;
  name: string | null;
}

/** Packages of the Java platform and of common frameworks: their frames name no path that would tell. */
const FOREIGN_PACKAGES =
  /^(?:java|javax|jakarta|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|org\.(?:apache|codehaus|eclipse|gradle|hibernate|jetbrains|junit|springframework)|io\.(?:ktor|micronaut|netty|quarkus|vertx)|com\.(?:fasterxml|google|mysql|zaxxer)|reactor)\./;

/** Where the sources of a package are, by convention. */
const SOURCE_ROOTS = [
  "src/main/java",
  "src/main/kotlin",
  "app/src/main/java",
  "app/src/main/kotlin",
  "src",
  ".",
];

/** The project's own among the frames, in their order, each place once. */
export function ownFrames(frames: readonly Frame[], places: ProjectPlaces): OwnFrame[] {
  const found = new Map<string, OwnFrame & { isFound: boolean }>();
  for (const frame of frames) {
    const own = ownFileOf(frame, places);
    if (own === null) continue;
    const { line, name } = frame;
    const key = `${own.file}:${line}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { ...own, line, name });
    else known.name ??= name;
  }
  const all = [...found.values()];
  // Next to files that are there, a name without a directory is of a library.
  const isAnyFound = all.some(({ isFound }) => isFound);
  return all
    .filter(({ isFound }) => isFound || !isAnyFound)
    .map(({ file, line, name }) => ({ file, line, name }));
}

/** A frame's file; `isFound` is false for one that is only known by its name. */
function ownFileOf(
  { file, name, kind }: Frame,
  places: ProjectPlaces,
): { file: string; isFound: boolean } | null {
  if (kind === "class") return classFile(file, name ?? "", places);
  const own = ownFile(file, places);
  return own === null ? null : { file: own, isFound: true };
}

/** The file of a class, `shop.Orders.load` in `Orders.java`. */
function classFile(file: string, name: string, places: ProjectPlaces) {
  if (FOREIGN_PACKAGES.test(name)) return null;
  const directory = name.split(".").slice(0, -2).join("/");
  const paths = SOURCE_ROOTS.map((root) => `${root}/${directory}/${file}`);
  const own = paths.map((path) => ownFile(path, places)).find((path) => path !== null);
  return own === undefined ? { file, isFound: false } : { file: own, isFound: true };
}

/** `api/discount.js:1 discount`. */
export const frameText = ({ file, line, name }: OwnFrame): string =>
  `${file}:${line}${name === null ? "" : ` ${name}`}`;
