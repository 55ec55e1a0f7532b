import { isTerminal } from "../adapters/system/libc.ts";
import type { Context } from "../app/context.ts";
import { INTERRUPTED } from "../domain/exit-status.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { Given } from "./arguments.ts";
import type { AnsweringAction, Command, Invocation } from "./command.ts";
import { printJson, printLines, viewOf, write } from "./output.ts";
import { failureResult, printFailure, printResult } from "./print-result.ts";
import { findProject } from "./project-location.ts";
import { findProjectOrRecord } from "./project-or-record.ts";
import { accessSession } from "./wiring/session-access.ts";

/** A command that acts on a project, with its command line. */
interface ProjectInvocation extends Invocation {
  command: Command;
  action: AnsweringAction;
  given: Given;
  /** The words that are not flags. */
  words: string[];
  argv: readonly string[];
}

/** Finds the project, runs the command, prints the result and returns the exit status. */
export async function actOnProject(invocation: ProjectInvocation): Promise<number> {
  const { command, location, json, action, given } = invocation;
  const find = command.worksFromRecord ? findProjectOrRecord : findProject;
  const found = await find(location);
  const project = isFailure(found) ? found : await action.project(found, given);
  if (isFailure(project)) return printFailure(project, json);
  if (command.endsTasks && process.env["TASKMUX_RUN"]) {
    const { handOver, mustHandOver } = await import("../adapters/processes/hand-over.ts");
    if (mustHandOver(project, invocation.words)) return handOver(invocation.argv, write);
  }
  const reporter = await progressReporterFor(command, json);
  const access = accessSession(project, reporter.notice);
  // While tmux answers, the rest is loaded.
  if (command.asksTmuxFirst) void access.tmux.askAhead(project.session, project.checkout !== null);
  const { createContext, closeContext } = await import("./wiring/context.ts");
  const context = createContext(project, reporter, { access });
  const close = () => {
    closeContext();
    reporter.close();
  };
  const stay = action.staying(given);
  if (stay === null) return runOnce(invocation, context, close);
  const status = await stay(context, { json, onBegun: () => reporter.close() });
  close();
  return isFailure(status) ? printFailure(status, json) : status;
}

/** A slow command can be interrupted: it ends at once, and what it has done stays. */
async function runOnce(
  { command, action, given, json }: ProjectInvocation,
  context: Context,
  close: () => void,
): Promise<number> {
  const stop = () => {
    // A second signal ends it even if it waits for the reader of its output.
    ignoreSignals(stop);
    close();
    process.exit(interrupted(json));
  };
  if (command.isSlow) for (const signal of SIGNALS) process.on(signal, stop);
  const answer = await action.run(context, given).finally(() => {
    ignoreSignals(stop);
    close();
  });
  return isFailure(answer) ? printFailure(answer, json) : printResult(answer, json);
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

const ignoreSignals = (handler: () => void): void => {
  for (const signal of SIGNALS) process.off(signal, handler);
};

function interrupted(json: boolean): number {
  const failure = new Failure(
    "E901",
    "Interrupted; started tasks keep running",
    "See: taskmux status",
  );
  if (json) printJson(failureResult(failure));
  return INTERRUPTED;
}

/** Progress is for people, so there is none with --json. */
export async function progressReporterFor({ isSlow }: Pick<Command, "isSlow">, json: boolean) {
  if (json || !isSlow)
    return {
      progress: () => {},
      waitingForLock: () => {},
      gotLock: () => {},
      notice: (sentence: string) => printLines(2, [sentence]),
      close: () => {},
    };
  return (await import("./progress.ts")).createProgressReporter(isTerminal(2), viewOf(2));
}
