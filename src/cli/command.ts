import { DETACHED } from "../adapters/system/environment.ts";
import { defineCommand } from "citty";
import type { Answer, Context, Use } from "../app/context.ts";
import { withUnrecorded } from "../app/tasks/with-unrecorded.ts";
import type { Project } from "../domain/config/config.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import { proposingWith, withFlags } from "../domain/values/proposed-commands.ts";
import { shellWord } from "../domain/values/shell-word.ts";
import { printableValue } from "../domain/values/printable.ts";
import { type Arguments, type Given, type Values, valuesOf } from "./arguments.ts";
import type { ProjectLocation } from "./project-location.ts";
import type { View } from "./render/style.ts";

/** A command's entry in the help. */
export interface Meta {
  name: string;
  description: string;
  /** An example of a command line. */
  example: string;
  alias?: string[];
}

/** Properties of a command. */
interface Traits {
  /** Result schemas, by name in domain/results/results.ts. */
  schemas: string[];
  /** Prints JSON even without --json. */
  alwaysJson?: true;
  /** Neither reads nor writes anything in ~/.taskmux. */
  keepsNothing?: true;
  /** Only reads or stops: uses the session's records if the config is gone or invalid. */
  worksFromRecord?: true;
  /** Begins with a look for the session, and for those of the same repository. */
  asksTmuxFirst?: true;
  /** Ends tasks. If it is run inside one of them, a process outside of the task does it. */
  endsTasks?: true;
  /** Takes time: shows progress, and can be interrupted. */
  isSlow?: true;
}

/** The values of the global flags. */
export interface Invocation {
  location: ProjectLocation;
  json: boolean;
}

/** The result of a command, and how it is printed. */
export interface Result {
  value: object;
  /** The exit status, if it doesn't follow from the value. */
  status: number | undefined;
  lines(view: View): Promise<string[]>;
  /** A sentence for people on stderr, if there is one. */
  note?(): string | null;
}

/** Runs until a signal ends it, and returns the exit status. Calls `onBegun` before it prints by itself. */
export type Stay = (
  context: Context,
  how: { json: boolean; onBegun(): void },
) => Promise<number | Failure>;

/** Runs a command after its command line is parsed. */
export type Action = PrintingAction | AnsweringAction;

/** Finds its project itself, if it needs one, and prints. Returns the exit status. */
export interface PrintingAction {
  kind: "prints";
  run(invocation: Invocation, given: Given): Promise<number | Failure>;
}

/** Acts on a project, and returns a result. */
export interface AnsweringAction {
  kind: "answers";
  /** The project to act on, made of the one that was found. */
  project(found: Project, given: Given): Promise<Project | Failure> | Project;
  run(context: Context, given: Given): Promise<Result | Failure>;
  /** Runs instead, if the flags ask for it. */
  staying(given: Given): Stay | null;
}

/** A command of the tree: citty's definition, and what taskmux adds. */
export interface Command extends Traits {
  meta: Meta;
  args: Arguments;
  action: Action;
}

interface Definition<A extends Arguments> extends Traits {
  meta: Meta;
  args: A;
}

/** citty checks the definition. Its types let `meta` and `args` be promises, so they are put back. */
function define<A extends Arguments>(definition: Definition<A>, action: Action): Command {
  const { meta, args } = definition;
  return { ...definition, ...defineCommand({ meta, args }), meta, args, action };
}

/** Defines a command that acts on a project and returns one result. */
export function answering<const A extends Arguments, R extends object>({
  run,
  render,
  staying,
  project,
  ...definition
}: Definition<A> & {
  /** Makes the project to act on of the one that was found, if it is another one. */
  project?(found: Project, args: Values<A>): Promise<Project | Failure>;
  run(context: Context, args: Values<A>): Use<R>;
  /** The result as lines; without it there are none. */
  render?(): Promise<(result: R, view: View) => string[]>;
  /** Runs instead, if the flags ask for it. */
  staying?(args: Values<A>): Stay | null;
}): Command {
  const { args } = definition;
  return define<Arguments>(definition, {
    kind: "answers",
    project: (found, given) => project?.(found, valuesOf<A>(args, given)) ?? found,
    run: async (context, given) => {
      const answer = withUnrecorded(context, await run(context, valuesOf<A>(args, given)));
      const flags = repeatedFlags(given);
      if (isFailure(answer)) return answer.proposingWith(flags);
      const result = proposingWith(answer.result, flags);
      const note = () => withFlags(answer.note?.() ?? "", flags) || null;
      return resultOf({ ...answer, result, note }, render);
    },
    staying: (given) => staying?.(valuesOf<A>(args, given)) ?? null,
  });
}

const resultOf = <R extends object>(
  { result, status, note }: Required<Pick<Answer<R>, "note">> & Answer<R>,
  render?: () => Promise<(result: R, view: View) => string[]>,
): Result => ({
  value: result,
  status,
  note,
  lines: async (view) => (await render?.())?.(printableValue(result), view) ?? [],
});

/** The flags of a command line that say which project is meant: a hint's command needs them too. */
function repeatedFlags(given: Given): string {
  // The flags of a daemon in the background are not the user's: the command that started it repeats those.
  if (process.env[DETACHED] !== undefined) return "";
  const flags = [
    ["-c", given.get("config")],
    ["--session", given.get("session")],
  ] as const;
  const present = flags.filter(
    (flag): flag is [(typeof flag)[0], string] => typeof flag[1] === "string",
  );
  return present.map(([name, value]) => `${name} ${shellWord(value)}`).join(" ");
}

/** Defines a command that prints by itself: its output is a stream, or it needs no project. */
export function printing<const A extends Arguments>({
  run,
  ...definition
}: Definition<A> & {
  run(invocation: Invocation, args: Values<A>): Promise<number | Failure>;
}): Command {
  const { args } = definition;
  return define<Arguments>(definition, {
    kind: "prints",
    run: async (invocation, given) => {
      const status = await run(invocation, valuesOf<A>(args, given));
      return isFailure(status) ? status.proposingWith(repeatedFlags(given)) : status;
    },
  });
}

/** Commands under one title of the help. */
export interface CommandGroup {
  title: string;
  /** The names and aliases of its commands. */
  names: readonly string[];
  commands: readonly Command[];
}

/** Makes a group's commands when one is needed: a command line needs one, and making all takes half a millisecond. */
export function commandGroup(title: string, names: string, make: () => Command[]): CommandGroup {
  let made: Command[] | undefined;
  return {
    title,
    names: names.split(" "),
    get commands() {
      return (made ??= make());
    },
  };
}

/** The root of the tree: the flags of every command, and the commands. */
export interface CommandTree {
  meta: { name: string; description: string };
  args: Arguments;
  groups: readonly CommandGroup[];
}

/** Adds the commands to the root by name, as citty does. */
export function commandTree(tree: CommandTree): CommandTree {
  const { meta, args, groups } = tree;
  const commands = groups.flatMap((group) => group.commands);
  const subCommands = Object.fromEntries(commands.map((command) => [command.meta.name, command]));
  return { ...defineCommand({ meta, args, subCommands }), ...tree };
}
