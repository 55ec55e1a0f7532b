import { callerName } from "../../adapters/system/caller.ts";
import { isTerminal } from "../../adapters/system/libc.ts";
import { takeLease } from "../../adapters/state/lease.ts";
import type { Context } from "../../app/context.ts";
import { findSession } from "../../app/tasks/session.ts";
import { start } from "../../app/commands/start.ts";
import { statusOf } from "../../app/commands/status.ts";
import { Supervisor } from "../../app/monitor/supervise.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { Project } from "../../domain/config/config.ts";
import { printableValue } from "../../domain/values/printable.ts";
import { endingBySignal } from "../shutdown.ts";
import { configWatchOf } from "../wiring/config-watch.ts";
import { viewOf } from "../output.ts";
import { renderStart } from "../render/results.ts";
import { contextsOn, lineScreen } from "../wiring/event-output.ts";
import { controlView } from "./live-controls.ts";
import { LiveView } from "./live-view.ts";
import { stay, stopsOnExit } from "./stop-on-exit.ts";
import type { StartRequest } from "../../app/tasks/start-tasks.ts";

/** `taskmux start -m`: starts the tasks and monitors them until it is interrupted; they keep running. */
export async function startAndMonitor(
  ctx: Context,
  request: StartRequest,
  { json, onBegun, stopOnExit }: { json: boolean; onBegun(): void; stopOnExit: boolean },
): Promise<number | Failure> {
  const found = await findSession(ctx);
  if (isFailure(found)) return found;
  // As soon as others see this process as the monitor, they may end it.
  const ending = endingBySignal();
  const lease = await takeLease(ctx.project, "start -m");
  if (isFailure(lease)) return lease;
  let current = ctx;
  const view = isTerminal(1) && !json ? new LiveView(() => statusOf(current, RUNNING)) : null;
  const screen = view ?? lineScreen(json, ending.end);
  ctx.onEvent = (event) => screen.show(event);
  ctx.onNotice = (sentence) => screen.notice(sentence);
  // Until the monitor runs, no process restarts tasks.
  const answer = await start({ ...ctx, monitor: () => null, willMonitor: true }, request);
  onBegun();
  if (isFailure(answer)) return answer;
  // The executable delays JIT compilation, which suits commands that run for milliseconds.
  Bun.unsafe.setJITPolicy(1);
  const contextFor = contextsOn(screen);
  current = contextFor(ctx.project);
  const person = (): Context => contextFor(current.project, callerName());
  const controls = view && controlView(view, person, ending.end);
  screen.begin(renderStart(printableValue(answer.result), viewOf(1)));
  const monitor = new Supervisor(current);
  const adopt = (project: Project): void => monitor.adopt((current = contextFor(project)));
  const reconcile = watchOf(ctx.project, contextFor);
  const watch = async (): Promise<void> =>
    void (await Promise.all([monitor.watch(ending.signal), reconcile(adopt, ending.signal)]));
  const closing = await stay(watch, stopsOnExit(stopOnExit), () => current);
  await controls?.end();
  if (isFailure(closing)) return closing;
  screen.close(closing);
  return ending.status();
}

/** Its changes of the config only take effect; it acts on none. */
function watchOf(project: Project, contextFor: (project: Project) => Context) {
  const session = project.isNamed ? project.session : null;
  return configWatchOf(project, { session, contextFor, acts: false, profiles: [] });
}

/** The view shows the session that it monitors, and no others. */
const RUNNING = { running: true, siblings: [] };
