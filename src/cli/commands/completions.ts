import { Failure } from "../../domain/failure.ts";
import { didYouMean } from "../../domain/values/suggest.ts";
import bash from "./completion-scripts/taskmux.bash" with { type: "text" };
import fish from "./completion-scripts/taskmux.fish" with { type: "text" };
import zsh from "./completion-scripts/taskmux.zsh" with { type: "text" };
import { printJson, write } from "../output.ts";

const scripts = new Map(Object.entries({ bash, zsh, fish }));

/** The shells with completions. */
export const shellNames = [...scripts.keys()];

/** `taskmux completions SHELL`: prints the script; E500 for an unknown shell. */
export function printCompletions(shell: string, json: boolean): number | Failure {
  const script = scripts.get(shell);
  if (script === undefined) {
    const hint = didYouMean(shell, shellNames);
    const known = `There are: ${shellNames.join(", ")}.`;
    return new Failure(
      "E500",
      `No completions for shell '${shell}'`,
      hint === null ? known : `${hint} ${known}`,
    );
  }
  if (json) printJson({ ok: true, shell, script });
  else write(1, script);
  return 0;
}
