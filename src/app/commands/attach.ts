import { Failure, isFailure } from "../../domain/failure.ts";
import type { Attached } from "../../domain/results/results.ts";
import type { Context, Use } from "../context.ts";
import { taskNamed } from "../selection.ts";
import { findSession } from "../tasks/session.ts";
import { paneIds } from "./status.ts";

/** Attaches the terminal to the session, at a task's window if one is named. */
export async function attach(ctx: Context, request: { name: string | null }): Use<Attached> {
  const { config, session: name } = ctx.project;
  const named = request.name === null ? null : taskNamed(config, request.name);
  if (isFailure(named)) return named;
  const session = await findSession(ctx);
  if (isFailure(session)) return session;
  if (session === null) {
    return new Failure("E300", `Session '${name}' does not exist`, "Start it: taskmux start");
  }
  const window = request.name === null ? null : paneIds(session, request.name).window_id;
  if (request.name !== null && window === null) {
    const hint = `Start it: taskmux start ${request.name}`;
    return new Failure("E202", `Task '${request.name}' has no window`, hint);
  }
  if (!ctx.isOnTerminal()) return new Failure("E602", "attach needs a terminal");
  const failure = await ctx.tmux.attach(session, window);
  return failure ?? { result: { ok: true, session: name, task: request.name } };
}
