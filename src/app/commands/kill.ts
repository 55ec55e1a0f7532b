import type { TmuxSession } from "../../adapters/tmux/arguments.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { KillTask, SeveralTasks } from "../../domain/results/results.ts";
import type { Task } from "../../domain/config/config.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import type { Context, Use } from "../context.ts";
import { killProcesses } from "../tasks/terminate.ts";
import { observeSettled } from "../tasks/launch.ts";
import { marksOf } from "../tasks/task-marks.ts";
import { tasksNamed } from "../selection.ts";
import { findOwnSession, type Launcher, launcherOf } from "../tasks/session.ts";
import { endAct, tryToRemember } from "../tasks/try-to-record.ts";
import { onRecord } from "../tasks/on-record.ts";
import { closePanes, withoutTmux } from "../tasks/stop-tasks.ts";
import { several } from "./results.ts";

/** Kills all processes of the tasks with SIGKILL, and their windows. */
export async function kill(
  ctx: Context,
  request: { names: string[] },
): Use<KillTask | SeveralTasks<KillTask>> {
  const named = tasksNamed(ctx.project.config, request.names);
  if (isFailure(named)) return named;
  return ctx.lock.hold(async () => {
    const found = withoutTmux(ctx, await findOwnSession(ctx));
    if (isFailure(found)) return found;
    const killed = named.map(async (task) => {
      const result = await killTask(ctx, found, task).catch(thrownFailure);
      return isFailure(result) ? failed(task, result) : result;
    });
    const results = await Promise.all(killed);
    return { result: results.length === 1 ? results[0]! : several(results) };
  });
}

async function killTask(
  ctx: Context,
  found: { session: TmuxSession | null; warnings: string[] },
  task: Task,
): Promise<KillTask> {
  const launcher = launcherOf(ctx, found.session, task.name);
  await observeSettled(ctx, task, launcher);
  const { run: stoppedRun } = ctx.state.task(task.name).memory();
  const act = ctx.state.act("stopping");
  tryToRemember(ctx, "stop", task.name, { want: "down", stoppedRun, refused: null, act });
  try {
    return await killAll(ctx, found, task, launcher);
  } finally {
    endAct(ctx, task.name);
  }
}

async function killAll(
  ctx: Context,
  { session, warnings }: { session: TmuxSession | null; warnings: string[] },
  task: Task,
  launcher: Launcher | null,
): Promise<KillTask> {
  const ended = await killProcesses(ctx, marksOf(ctx, task.name, launcher));
  if (isFailure(ended)) return failed(task, ended);
  const windows = session?.panes.filter((own) => own.task === task.name) ?? [];
  if (ended.signal !== null) await onRecord(ctx, task.name, launcher);
  const leftOpen = await closePanes(ctx, windows);
  if (ended.signal !== null) ctx.record({ event: "task_killed", task: task.name });
  const all = [...warnings, ...leftOpen];
  const said = all.length > 0 ? { warnings: all } : {};
  const isGone = ended.signal === null && windows.length === 0;
  return { ok: true, task: task.name, action: isGone ? "already_stopped" : "killed", ...said };
}

const failed = ({ name }: Task, { message, code }: Failure): KillTask => ({
  ok: false,
  error: message,
  error_code: code,
  task: name,
});
