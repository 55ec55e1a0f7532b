import { createConsola } from "consola";
import type { Draft } from "../app/init.ts";
import { sessionNameRule, suggestName, validSessionName } from "../domain/config-names.ts";
import type { Proposal } from "../domain/proposals.ts";
import { tellPerson } from "./person.ts";

const consola = createConsola();

/** Asks for the session's name and which of the proposed tasks to take; null where a person presses C-c. */
export async function askInit({ session, tasks }: Draft): Promise<Draft | null> {
  const name = await askSession(session);
  if (name === null) return null;
  const taken = tasks.length === 0 ? [] : await askTasks(tasks);
  return taken === null ? null : { session: name, tasks: taken };
}

/** Not with consola, whose text prompt reads nothing under Bun 1.4.5: it listens to writes that never come. */
async function askSession(proposed: string): Promise<string | null> {
  const answer = await readAnswer(`Session name (${proposed}): `);
  const name = answer?.trim() || (answer === null ? null : proposed);
  if (name === null || validSessionName(name)) return name;
  tellPerson("warn", `'${printable(name)}' is no session name: ${sessionNameRule}`);
  return askSession(suggestName(name));
}

/** The line that a person types; null for C-c, and where the terminal goes. */
async function readAnswer(question: string): Promise<string | null> {
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const { promise, resolve } = Promise.withResolvers<string | null>();
  lines.once("close", () => resolve(null));
  lines.question(question, resolve);
  const answer = await promise;
  lines.close();
  if (answer === null) process.stdout.write("\n");
  return answer;
}

async function askTasks(proposed: readonly Proposal[]): Promise<Proposal[] | null> {
  const options = proposed.map(({ name, command, auto_start, source }) => ({
    value: name,
    label: `${name}: ${printable(command)}${auto_start ? "" : " (started only by its name)"}`,
    hint: source,
  }));
  const taken: unknown = await consola.prompt("Tasks (space: take or leave, enter: done)", {
    type: "multiselect",
    options,
    initial: proposed.map(({ name }) => name),
    required: false,
    cancel: "null",
  });
  if (taken === null) return null;
  // It answers with values, or with options, whatever its types say.
  const names = new Set((taken as (string | { value: string })[]).map(valueOf));
  return proposed.filter(({ name }) => names.has(name));
}

const valueOf = (choice: string | { value: string }): string =>
  typeof choice === "string" ? choice : choice.value;

/** A stranger's file must not write escape sequences to the terminal. */
const printable = (text: string): string => text.replace(/[\0-\x1f\x7f-\x9f]/g, "\uFFFD");
