import type {
  HealthReport,
  Inspection,
  KillTask,
  SeveralTasks,
  StartAll,
  StartTask,
  StopAll,
  StopTask,
} from "../results/results.ts";

import type { Why } from "../results/why.ts";

// The `message` of a reply: one sentence for people. A failed reply has its error's message instead.

type One = StartTask | StopTask | KillTask;
type All = StartAll | StopAll;

/** Of `start`, `stop`, `restart` and `kill`. */
export function actionMessage(result: One | SeveralTasks<One> | All): string {
  if ("results" in result) return result.results.map(actionMessage).join(", ");
  return "session" in result ? allMessage(result) : oneMessage(result);
}

function oneMessage({ task, action }: One): string {
  if (action === "already_running") return `Task '${task}' was already running`;
  if (action === "already_stopped") return `Task '${task}' was not running`;
  return `Task '${task}' ${action ?? "failed"}`;
}

function allMessage({ action, tasks, ...rest }: All): string {
  if (tasks.length > 0) return `${capital(action)}: ${tasks.join(", ")}`;
  if (action === "stopped") return "No tasks were running";
  if ("joined" in rest && rest.joined?.length)
    return `${capital(action)}: ${rest.joined.join(", ")}`;
  const already = "already_running" in rest ? rest.already_running.length : 0;
  return already > 0 ? "All tasks were already running" : "Nothing to start";
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

export const healthMessage = ({ healthy_count, total_count }: HealthReport): string =>
  `${healthy_count} of ${total_count} tasks are healthy`;

export const inspectMessage = ({ name, state }: Inspection): string => `Task '${name}' is ${state}`;

export const whyMessage = ({ summary }: Why): string => summary;

export const countMessage = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
