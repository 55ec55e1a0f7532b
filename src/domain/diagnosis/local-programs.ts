import { wordsOf } from "../init/long-commands.ts";

/** Where a project has programs of its own, relative to a task's directory; no shell looks there by itself. */
const PLACES = [".venv/bin", "venv/bin", "node_modules/.bin"];

/** A program that a shell looks for in PATH. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;

/** The paths at which a command's programs may be, if its shell does not find them in PATH. */
export function localPrograms(command: string): string[] {
  const programs = command.split(/[;&|\n]/).flatMap((part) => wordsOf(part).slice(0, 1));
  const names = [...new Set(programs)].filter((program) => NAME.test(program));
  return names.flatMap((name) => PLACES.map((place) => `${place}/${name}`));
}
