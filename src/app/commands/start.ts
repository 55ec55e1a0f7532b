import type { Task } from "../../domain/config/config.ts";
import { unknownProfile } from "../../domain/config/profiles.ts";
import { isFailure } from "../../domain/failure.ts";
import type { SeveralTasks, StartAll, StartTask } from "../../domain/results/results.ts";
import type { Context, Use } from "../context.ts";
import { answer, isLaunched } from "./start-results.ts";
import { namesOf, tasksNamed } from "../selection.ts";
import {
  type Report,
  type StartRequest,
  selected,
  openOnly,
  startTasks,
} from "../tasks/start-tasks.ts";

export type Started = StartAll | StartTask | SeveralTasks<StartTask>;

export async function start(ctx: Context, asked: StartRequest): Use<Started> {
  const named = tasksNamed(ctx.project.config, asked.names);
  if (isFailure(named)) return named;
  const unknown = unknownProfile(ctx.project.config.tasks, asked.profiles);
  if (unknown) return unknown;
  const request = { ...asked, names: namesOf(named) };
  const tasks = selected(ctx, named, request);
  const isManual = request.names.length === 0 && !ctx.project.config.auto_start;
  const report = isManual ? await openOnly(ctx, request) : await startTasks(ctx, tasks, request);
  if (isFailure(report)) return report;
  const note = () => (isUnmonitored(ctx, request, tasks, report) ? NOT_RESTARTED : null);
  return { ...(await answer(ctx, request, tasks, report, "started")), note };
}

const NOT_RESTARTED =
  "note: No monitor runs, so a task that crashes stays down. For one in the background: taskmux start -d";

/** Whether people may expect restarts of what they have launched, which nobody makes, and have not been told so yet. */
function isUnmonitored(ctx: Context, { names }: StartRequest, tasks: Task[], { outcomes }: Report) {
  const wasLaunched = ({ name }: Task) => isLaunched(outcomes.get(name));
  const hasPolicy = tasks.some((task) => wasLaunched(task) && task.restart_policy !== "no");
  return names.length === 0 && hasPolicy && ctx.monitor() === null && ctx.state.noteOnce();
}
