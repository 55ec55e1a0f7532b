import { urlIn } from "../../domain/ports/addresses.ts";
import { isRunTask } from "../../domain/config/run-task.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { TaskUrl } from "../../domain/results/addresses.ts";
import type { Context, Use } from "../context.ts";
import { taskNamed } from "../selection.ts";

/** The URL of a task; E221 if it has none, or none yet. */
export async function url(ctx: Context, { name }: { name: string }): Use<TaskUrl> {
  const task = taskNamed(ctx.project.config, name);
  if (isFailure(task)) return task;
  const { url, port } = ctx.ports.addresses.of(task);
  if (url !== null) return { result: { session: ctx.project.session, task: name, url, port } };
  if (urlIn(task) === null) {
    const message = `Task '${name}' has no port and no url`;
    const place = isRunTask(task)
      ? `taskmux run ${name} --port 3000+ -- COMMAND`
      : `in [tasks.${name}], like port = "3000+"`;
    return new Failure("E221", message, `Give it one: ${place}`);
  }
  const message = `Task '${name}' has no url yet: its port is chosen at the first start`;
  return new Failure("E221", message, `Start it: taskmux start ${name}`);
}
