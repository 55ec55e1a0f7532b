import { markText, noteText } from "../../domain/logs/marks.ts";
import { firstLine, type Launch } from "./script.ts";

/**
 * The description of one launch for the launcher in launcher.c: fields and then the environment, each ended by a NUL. `key`
 * is the secret of its marks.
 */
export function launchFields(launch: Launch, key: string): string {
  const { run, cwd, umask, fileLimit, shell, command, environment } = launch;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const fields = [run, cwd, umask.toString(8), String(fileLimit ?? ""), shell, command];
  return [...fields, ...startTexts(launch, key), ...variables].map((each) => `${each}\0`).join("");
}

/**
 * What the launcher prints at the start: the length of the note without the pid, and the parts of the text, between which
 * it inserts the pid, the length and the pid again.
 */
function startTexts({ run, command }: Launch, key: string): string[] {
  const note = noteText(`[taskmux] started pid \0: ${firstLine(command)}`, key);
  const text = `${markText(`start;${run};\0`, key)}${markText("note;\0", key)}${note}`;
  return [String(Buffer.byteLength(note) - 1), ...text.split("\0")];
}
