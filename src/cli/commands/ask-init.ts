import { createConsola } from "consola";
import type { Draft } from "../../app/commands/init.ts";
import { SESSION_NAME_RULE, suggestName, validSessionName } from "../../domain/values/names.ts";
import { printableLine } from "../../domain/values/printable.ts";
import { printMessage } from "../messages.ts";
import type { Proposal } from "../../domain/init/proposal.ts";

const consola = createConsola();

/** Asks for the session's name and which of the proposed tasks to use; null if the user presses C-c. */
export async function askInit({ name: proposed, tasks }: Draft): Promise<Draft | null> {
  const name = await askSession(proposed);
  if (name === null) return null;
  const taken = tasks.length === 0 ? [] : await askTasks(tasks);
  return taken === null ? null : { name, tasks: taken };
}

/** Without consola: under Bun 1.4.5 its text prompt reads no input. */
async function askSession(proposed: string): Promise<string | null> {
  const answer = await readAnswer(`Session name (${proposed}): `);
  const name = answer?.trim() || (answer === null ? null : proposed);
  if (name === null || validSessionName(name)) return name;
  printMessage("warn", `'${name}' is not a valid session name: ${SESSION_NAME_RULE}`);
  return askSession(suggestName(name));
}

/** The line that the user types; null for C-c, or when the terminal closes. */
export async function readAnswer(question: string): Promise<string | null> {
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
  const options = proposed.map(({ name, command, source, ...task }) => ({
    value: name,
    label: `${name}: ${printableLine(command)}${startNote(task)}`,
    hint: source,
  }));
  const taken: unknown = await consola.prompt("Tasks (space: select, enter: done)", {
    type: "multiselect",
    options,
    initial: proposed.map(({ name }) => name),
    required: false,
    cancel: "null",
  });
  if (taken === null) return null;
  // Returns values or options, contrary to its types.
  const names = new Set((taken as (string | { value: string })[]).map(valueOf));
  return proposed.filter(({ name }) => names.has(name));
}

/** Why a bare `start` would leave a task alone. */
function startNote({ auto_start, profiles = [] }: Pick<Proposal, "auto_start" | "profiles">) {
  if (!auto_start) return " (auto_start off)";
  return profiles.length === 0 ? "" : ` (only with --profile ${profiles.join(" or ")})`;
}

const valueOf = (choice: string | { value: string }): string =>
  typeof choice === "string" ? choice : choice.value;
