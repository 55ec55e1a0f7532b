import { healthNote } from "../diagnosis/health-note.ts";
import type { TaskStatus } from "../results/results.ts";
import type { Brief, ToolErrors } from "./results.ts";

/** A task's status, as short as it can be. `by`: who gave the newest order for it. */
export function briefOf(task: TaskStatus, by?: string): Brief {
  const { name, state, healthy, url, port, pid, stale, restarts, waits_at } = task;
  const isClear = healthy && state !== "exited" && waits_at === null;
  const reason = isClear ? "" : healthNote(task);
  return {
    name,
    state,
    healthy,
    ...(url !== null && { url }),
    ...(port !== null && url === null && { port }),
    ...(pid !== null && { pid }),
    ...(reason !== "" && { reason }),
    ...(stale.length > 0 && { stale }),
    ...(restarts > 0 && { restarts }),
    ...(by !== undefined && { by }),
  };
}

/** How many groups of errors are shown, the newest. */
const MOST_GROUPS = 3;

/** Groups of errors without what only programs compare; undefined if there are none. */
export function leanErrors(groups: readonly ToolErrors[number][] = []): ToolErrors | undefined {
  const shown = groups
    .slice(-MOST_GROUPS)
    .map(({ text, frames, count, last_at }) => ({ text, frames, count, last_at }));
  return shown.length === 0 ? undefined : shown;
}
