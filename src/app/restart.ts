import { isFailure } from "../domain/failure.ts";
import type { Task } from "../domain/config.ts";
import type { Context, Use } from "./context.ts";
import { tasksNamed } from "./selection.ts";
import { SessionView } from "./session.ts";
import { answer } from "./start-results.ts";
import { selected, type Started, type StartRequest, startTasks } from "./start.ts";
import { everyTask, type Stopped, stopTasks } from "./stop.ts";

/** The stop ladder, then a launch in the same window. */
export async function restart(ctx: Context, request: StartRequest): Use<Started> {
  const named = tasksNamed(ctx.project.config, request.names);
  if (isFailure(named)) return named;
  const view = new SessionView(ctx);
  // The lock isn't let go between the two halves: a `start` from elsewhere would come between.
  const begun = await ctx.lock.hold(async () => {
    const stopped = await stopFirst(ctx, view, request);
    if (isFailure(stopped)) return stopped;
    const tasks = tasksToStart(ctx, named, request, stopped);
    return {
      tasks,
      report: startTasks(ctx, tasks, asNamed(request, tasks), view, "task_restarted"),
    };
  });
  if (isFailure(begun)) return begun;
  const report = await begun.report;
  return isFailure(report) ? report : answer(ctx, request, begun.tasks, report, "restarted");
}

/** A job that is restarted is done again, whether it was named or not. */
const asNamed = (request: StartRequest, tasks: Task[]): StartRequest =>
  request.names.length > 0 ? request : { ...request, names: tasks.map((task) => task.name) };

async function stopFirst(ctx: Context, view: SessionView, { names }: StartRequest) {
  const session = await view.current();
  if (isFailure(session)) return session;
  const all = everyTask(ctx, session);
  const wanted = names.length === 0 ? all : all.filter((task) => names.includes(task.name));
  const stopped = await stopTasks(ctx, session, wanted, "up");
  if (isFailure(stopped)) return stopped;
  return [...stopped.results.values()].find(isFailure) ?? stopped.results;
}

/** All: what starts by itself, and what was running. */
function tasksToStart(
  ctx: Context,
  named: Task[],
  request: StartRequest,
  stopped: Map<string, Stopped>,
): Task[] {
  const ran = (name: string): boolean => {
    const result = stopped.get(name);
    return result !== undefined && !isFailure(result) && result.signal !== null;
  };
  const own = new Set(selected(ctx, named, request).map((task) => task.name));
  const isWanted = (task: Task) =>
    own.has(task.name) || (request.names.length === 0 && ran(task.name));
  return ctx.project.config.tasks.filter(isWanted);
}
