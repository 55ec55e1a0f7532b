import type { Block } from "./block.ts";
import { echoOf } from "./echo.ts";
import { type Frame, frameIn, placeIn } from "./frames.ts";
import { cleaned, messageOf } from "./message.ts";

/** One error of a chain; the place nearest to the throw comes first. */
export interface ErrorPart {
  message: string;
  frames: Frame[];
}

/** The errors of a block: first the one that ended the program or was logged, last its innermost cause. */
export function partsOf(block: Block): ErrorPart[] {
  const { lines } = block;
  switch (block.kind) {
    case "python":
      return split(lines, /^(?:Exception Group )?Traceback \(most recent/)
        .map(pythonPart)
        .toReversed();
    case "pytest":
      return [pytestPart(lines)];
    case "php":
      return split(lines, /^(?:Next \S|(?:PHP )?(?:Fatal|Parse) error: )/)
        .map(phpPart)
        .toReversed();
    case "ruby":
      return split(lines, /^[^\s:][^:]*:\d+:in [`'].*': /).map(rubyPart);
    case "rust":
      return [rustPart(lines)];
    case "go":
      return [{ message: cleaned(lines[0] ?? ""), frames: traceOf(lines) }];
    case "vitest":
    case "plain":
    case "summary":
      return plainParts(block);
  }
}

/** The lines from each matching one to the next; what stands before the first one belongs to it. */
function split(lines: readonly string[], start: RegExp): string[][] {
  const parts: string[][] = [[]];
  let hasStart = false;
  for (const line of lines) {
    if (start.test(line) && hasStart) parts.push([]);
    hasStart ||= start.test(line);
    parts.at(-1)!.push(line);
  }
  return parts;
}

const traceOf = (lines: readonly string[]): Frame[] =>
  lines.flatMap((line, index) => frameIn(line, lines[index - 1] ?? "") ?? []);

/** The exception is the last line that isn't indented; the last frame is where it was raised. */
function pythonPart(lines: readonly string[]): ErrorPart {
  const isMessage = (line: string): boolean =>
    /^\S/.test(line) &&
    !/^(?:The above exception|During handling|(?:Exception Group )?Traceback)/.test(line);
  const message = lines.findLast(isMessage) ?? lines[0] ?? "";
  return { message: cleaned(message), frames: traceOf(lines).toReversed() };
}

/** The first of the last lines that begin with `E`. */
function pytestPart(lines: readonly string[]): ErrorPart {
  const isError = (line = ""): boolean => /^E {2,}/.test(line);
  const first = lines.findLastIndex((line, at) => isError(line) && !isError(lines[at - 1]));
  const frames = lines.flatMap((line) =>
    /^\S+\.py:\d+:(?: |$)/.test(line) ? (placeIn(line) ?? []) : [],
  );
  return { message: cleaned(lines[Math.max(first, 0)] ?? ""), frames: frames.toReversed() };
}

/** The name in each line of the trace is that of the function in which the place before it lies. */
function phpPart(lines: readonly string[]): ErrorPart {
  const [first = ""] = lines;
  const calls = lines.filter((line) => /^#\d+ /.test(line));
  const names = calls.map((line) => /: ([^\s(]+)\(/.exec(line)?.[1] ?? null);
  const places = [placeIn(first), ...calls.map((line) => frameIn(line, ""))];
  const frames = places.flatMap((place, index) =>
    place === null ? [] : [{ ...place, name: names[index] ?? null }],
  );
  const message = cleaned(first)
    .replace(/^Next /, "")
    .replace(/ in \/\S+?:\d+$/, "");
  return { message, frames };
}

function rubyPart(lines: readonly string[]): ErrorPart {
  const [first = ""] = lines;
  const message = first.replace(/^[^\s:][^:]*:\d+:in [`'].*?': /, "");
  return { message: cleaned(message), frames: traceOf(lines) };
}

function rustPart(lines: readonly string[]): ErrorPart {
  const [first = "", second = ""] = lines;
  const place = placeIn(first);
  return {
    message: cleaned(`${first} ${second}`),
    frames: [...(place === null ? [] : [place]), ...traceOf(lines)],
  };
}

const CAUSE = /^\s*(?:Caused by:|\[cause\]:)/;

function plainParts({ lines, hasPreamble }: Block): ErrorPart[] {
  const starts = lines.flatMap((line, index) => (CAUSE.test(line) ? [index] : []));
  const main = plainPart(lines.slice(0, starts[0]), hasPreamble);
  const causes = starts.map((start, index) => causePart(lines.slice(start, starts[index + 1])));
  return [main, ...causes.filter(({ message }) => message !== "")];
}

function causePart(lines: readonly string[]): ErrorPart {
  const [first = "", ...rest] = lines;
  const own = first.replace(CAUSE, "").trim();
  const { message, frames } = plainPart(own === "" ? rest : [own, ...rest], false);
  return { message, frames };
}

/** What names the place of a preamble comes last: an error may be thrown again somewhere else. */
function plainPart(lines: readonly string[], hasPreamble: boolean): ErrorPart {
  const echo = echoOf(lines);
  const places = lines.map((line, index) => {
    const isSource = echo[index] === true && !/^\s*[╭,]/.test(line);
    return isSource ? null : (frameIn(line, lines[index - 1] ?? "") ?? placeIn(line));
  });
  const ordered = hasPreamble ? [...places.slice(1), places[0] ?? null] : places;
  return {
    message: messageOf(lines, echo, hasPreamble),
    frames: ordered.filter((place) => place !== null),
  };
}
