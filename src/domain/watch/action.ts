import type { Task } from "../config/config.ts";

/** The signals that `watch_action` may name. */
export type ReloadSignal = Task["watch_action"] extends infer A
  ? A extends `signal:${infer S}`
    ? S
    : never
  : never;

/** The signal that a task gets for a change of its files; null: it is restarted. */
export const reloadSignalOf = ({ watch_action: action }: Pick<Task, "watch_action">) =>
  action === "restart" ? null : (action.slice("signal:".length) as ReloadSignal);
