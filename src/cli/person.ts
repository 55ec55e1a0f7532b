import { createConsola } from "consola";
import type { Problem } from "../domain/failure.ts";

/** consola takes 13 ms to load: this file is only imported to talk to a person. */
const consola = createConsola({ level: 3 });

/** Says what went wrong, and the next step, on stderr. */
export function tellPerson(kind: "error" | "warn", message: string, hint?: string): void {
  consola[kind](hint === undefined ? message : `${message}\n${hint}`);
}

/** All problems of a config file, each with its place. */
export function tellProblems(problems: readonly Problem[]): void {
  for (const { line, column, message, hint } of problems) {
    const place = line === null ? "" : `${line}:${column ?? 1}: `;
    tellPerson("error", `${place}${message}`, hint ?? undefined);
  }
}
