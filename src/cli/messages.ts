import { createConsola, type ConsolaReporter } from "consola";
import type { Problem } from "../domain/failure.ts";
import { printable } from "../domain/values/printable.ts";
import { printLines, viewOf } from "./output.ts";
import { paint } from "./render/style.ts";

/** A line for the message and a line for the hint, without consola's badge, time and blank lines. */
const reporter: ConsolaReporter = {
  log({ type, args }) {
    const [message, hint] = args as [string, string | undefined];
    const view = viewOf(2);
    const label =
      type === "warn" ? paint("warning:", "yellow", view) : paint("error:", "red", view);
    printLines(2, [`${label} ${message}`, ...(hint ? [paint(`  ${hint}`, "dim", view)] : [])]);
  },
};

/** Import this file lazily: consola takes 13 ms to load. */
const consola = createConsola({ level: 3, reporters: [reporter] });

/** Prints a message and its hint on stderr. */
export function printMessage(kind: "error" | "warn", message: string, hint?: string): void {
  consola[kind](printable(message), hint && printable(hint));
}

/** Prints all problems of a config file with their positions. */
export function printConfigProblems(file: string, problems: readonly Problem[]): void {
  for (const { line, column, message, hint } of problems) {
    const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
    printMessage("error", `${place}: ${message}`, hint ?? undefined);
  }
}
