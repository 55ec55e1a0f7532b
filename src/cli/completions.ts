import { Failure } from "../domain/failure.ts";
import { didYouMean } from "../domain/suggest.ts";
import bash from "./completions/taskmux.bash" with { type: "text" };
import fish from "./completions/taskmux.fish" with { type: "text" };
import zsh from "./completions/taskmux.zsh" with { type: "text" };
import { printJson, write } from "./output.ts";

const scripts = new Map(Object.entries({ bash, zsh, fish }));

/** The shells that there are completions for. */
export const shellNames = [...scripts.keys()];

/** `taskmux completions SHELL`: prints the script; E500 for a shell that there is none for. */
export function printCompletions(shell: string, json: boolean): number | Failure {
  const script = scripts.get(shell);
  if (script === undefined) {
    const hint = didYouMean(shell, shellNames);
    const known = `There are: ${shellNames.join(", ")}.`;
    return new Failure(
      "E500",
      `There are no completions for '${shell}'`,
      hint === null ? known : `${hint} ${known}`,
    );
  }
  if (json) printJson({ ok: true, shell, script });
  else write(1, script);
  return 0;
}
