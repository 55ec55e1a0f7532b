import { Failure, isFailure } from "../../domain/failure.ts";
import type { Sent } from "../../domain/results/send.ts";
import type { Context, Use } from "../context.ts";
import { taskNamed } from "../selection.ts";
import { findSession, launcherIn, paneOf } from "../tasks/session.ts";

/** What is typed: a text, then keys in tmux's notation. */
export interface SendRequest {
  name: string;
  /** Null: only keys. Each line break in it is an Enter. */
  text: string | null;
  /** Press Enter after the text. */
  enter: boolean;
  keys: readonly string[];
}

/**
 * Types into a task's window, whatever is shown there; E202 if the task doesn't run. The lock is not taken: a program that
 * asks something while it is being stopped can be answered.
 */
export async function send(ctx: Context, request: SendRequest): Use<Sent> {
  const { name, text, enter, keys } = request;
  const found = taskNamed(ctx.project.config, name);
  if (isFailure(found)) return found;
  const session = await findSession(ctx);
  if (isFailure(session)) return session;
  // What is typed while nothing runs would be read by the next launch.
  const { process } = ctx.state.task(name).readRun();
  if (process.kind !== "alive")
    return new Failure("E202", `Task '${name}' is not running`, `Start it: taskmux start ${name}`);
  const pane = launcherIn(ctx, session, name) && paneOf(session, name);
  if (pane === null)
    return new Failure(
      "E202",
      `Task '${name}' runs, but its window is gone`,
      `Give it one: taskmux restart ${name}`,
    );
  const typed = text === null ? "" : `${text}${enter ? "\n" : ""}`;
  const failure = await ctx.tmux.type(pane.paneId, typed, keys);
  return failure ?? { result: { ok: true, task: name, action: "sent", pid: process.pid } };
}
