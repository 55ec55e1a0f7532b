import type { Task } from "../domain/config.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import type { Supervision } from "../domain/supervision.ts";
import type { Context } from "./context.ts";
import { launchTask } from "./launch.ts";
import { observe } from "./observe.ts";
import { paneOf, SessionView } from "./session.ts";
import { stopForRestart } from "./stop.ts";

/** Launches a task anew, if it is still the launch `run` that is to be replaced, and still wanted. */
export async function relaunch(
  ctx: Context,
  task: Task,
  run: string | null,
  supervision: Supervision,
  onRestart: () => void,
): Promise<Failure | null> {
  return ctx.lock.hold(async () => {
    const seen = observe(ctx, task);
    if (seen.memory.want !== "up" || seen.memory.run !== run) return null;
    const view = new SessionView(ctx);
    if (seen.process.kind === "alive") {
      const session = await view.current();
      if (isFailure(session)) return session;
      const stopped = await stopForRestart(ctx, task, paneOf(session, task.name));
      if (isFailure(stopped)) return stopped;
    }
    onRestart();
    const launched = await launchTask(ctx, view, task, { again: true, supervision });
    return isFailure(launched) ? launched : null;
  });
}
