import type { Task } from "../../domain/config/config.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { describeOther, isSameRunTask } from "../../domain/config/run-task.ts";
import type { Context, Use } from "../context.ts";
import { taskNamed } from "../selection.ts";
import { observeSettled } from "../tasks/launch.ts";
import { launcherIn } from "../tasks/session.ts";
import { SessionView } from "../tasks/session-view.ts";
import { type StartRequest, startTasks } from "../tasks/start-tasks.ts";
import type { Started } from "./start.ts";
import { answer } from "./start-results.ts";

export interface RunRequest {
  /** A task of `run`, which the project of the context has. */
  name: string;
  /** Return only when it is healthy, or after this many seconds; null: don't wait. */
  wait: number | null;
}

/**
 * Starts a task that stands in no file, and keeps it with the session; E203 if a task of its name runs other words. The
 * record is written and the task launched under one lock, so of two such commands the second one sees the first one's task.
 */
export async function run(ctx: Context, { name, wait }: RunRequest): Use<Started> {
  const task = taskNamed(ctx.project.config, name);
  if (isFailure(task)) return task;
  const view = new SessionView(ctx);
  const request: StartRequest = {
    names: [name],
    profiles: [],
    dependencies: true,
    wait,
    forcePort: false,
    joins: "process",
  };
  const begun = await ctx.lock.hold(async () => {
    const refused = await refusal(ctx, view, task);
    if (refused !== null) return refused;
    ctx.runTasks.keep(task);
    return { report: startTasks(ctx, [task], request, view) };
  });
  if (isFailure(begun)) return begun;
  const report = await begun.report;
  return isFailure(report) ? report : answer(ctx, request, [task], report, "started");
}

/** Why the words can't run under this name now; null if they can. The lock must be held. */
async function refusal(ctx: Context, view: SessionView, task: Task): Promise<Failure | null> {
  const session = await view.current();
  if (isFailure(session)) return session;
  const { process } = await observeSettled(ctx, task, launcherIn(ctx, session, task.name));
  if (process.kind !== "alive" && process.kind !== "pending") return null;
  const recorded = ctx.runTasks.tasks().find(({ name }) => name === task.name);
  if (recorded !== undefined && isSameRunTask(recorded, task)) return null;
  return runsOther(task, recorded);
}

/** Without a record it is a task that was removed from the config and still runs. */
const runsOther = (task: Task, recorded: Task | undefined): Failure =>
  recorded === undefined
    ? new Failure(
        "E203",
        `A task '${task.name}' that is no longer in the config still runs`,
        "Use another name, or stop all tasks: taskmux stop",
      )
    : new Failure(
        "E203",
        `Task '${task.name}' already runs ${describeOther(recorded, task)}`,
        `Use another name, or stop it first: taskmux stop ${task.name}`,
      );
