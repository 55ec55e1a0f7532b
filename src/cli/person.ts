import { createConsola, type ConsolaReporter } from "consola";
import type { Problem } from "../domain/failure.ts";
import { viewOf } from "./action.ts";
import { printLines } from "./output.ts";
import { paint } from "./style.ts";

/** One line for what happened and one for what to do, without the badge, the time and the blank lines. */
const reporter: ConsolaReporter = {
  log({ type, args }) {
    const [message, hint] = args as [string, string | undefined];
    const view = viewOf(2);
    const label =
      type === "warn" ? paint("warning:", "yellow", view) : paint("error:", "red", view);
    printLines(2, [`${label} ${message}`, ...(hint ? [paint(`  ${hint}`, "dim", view)] : [])]);
  },
};

/** consola takes 13 ms to load: this file is only imported to talk to a person. */
const consola = createConsola({ level: 3, reporters: [reporter] });

/** Says what went wrong, and the next step, on stderr. */
export function tellPerson(kind: "error" | "warn", message: string, hint?: string): void {
  consola[kind](message, hint);
}

/** All problems of a config file, each with its place. */
export function tellProblems(file: string, problems: readonly Problem[]): void {
  for (const { line, column, message, hint } of problems) {
    const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
    tellPerson("error", `${place}: ${message}`, hint ?? undefined);
  }
}
