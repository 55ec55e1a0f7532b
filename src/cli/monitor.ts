import { heldFailure, Lease, takeLease } from "../adapters/lease.ts";
import type { Context } from "../app/context.ts";
import { start, type StartRequest } from "../app/start.ts";
import { statusOf } from "../app/status.ts";
import { Supervisor } from "../app/supervise.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import type { Project } from "../domain/config.ts";
import type { Status } from "../domain/results.ts";
import type { TaskmuxEvent } from "../domain/events.ts";
import { viewOf } from "./action.ts";
import { endingBySignal } from "./ending.ts";
import { configWatchOf } from "./config-watch.ts";
import { printLines, write } from "./output.ts";
import { renderStart, renderStatus } from "./render.ts";
import { renderEvent } from "./render-events.ts";
import { contextsOn, lineScreen, type Screen } from "./screen.ts";
import { fit, paint } from "./style.ts";

/** `taskmux start -m`: starts the tasks and watches them until it is interrupted; they live on. */
export async function startAndMonitor(
  ctx: Context,
  request: StartRequest,
  json: boolean,
  onTerminal: boolean,
): Promise<number | Failure> {
  const { session } = ctx.project;
  const lease = await takeLease(session, { kind: "start -m" });
  if (!(lease instanceof Lease)) return heldFailure(session, "monitor", lease);
  const ending = endingBySignal();
  let current = ctx;
  const screen =
    onTerminal && !json ? new LiveView(() => statusOf(current)) : lineScreen(json, ending.end);
  ctx.onEvent = (event) => screen.show(event);
  ctx.onNotice = (sentence) => screen.notice(sentence);
  const answer = await start(ctx, request);
  if (isFailure(answer)) return answer;
  screen.begin(renderStart(answer.result, viewOf(1)));
  // The executable starts with a compiler that holds back, for commands that live for milliseconds.
  Bun.unsafe.setJITPolicy(1);
  const monitor = new Supervisor(ctx);
  const contextFor = contextsOn(screen);
  const adopt = (project: Project): void => monitor.adopt((current = contextFor(project)));
  const named = session === ctx.project.config.name ? null : session;
  const reconcile = configWatchOf(ctx.project, { session: named, contextFor, acts: false });
  await Promise.all([monitor.watch(ending.signal), reconcile(adopt, ending.signal)]);
  screen.close(FAREWELL);
  return ending.status();
}

const FAREWELL = "No longer monitored; the tasks go on. See: taskmux status";

/** How often uptimes are drawn anew, ms, and how many events are shown. */
const REDRAW = 1000;
const SHOWN_EVENTS = 8;

/** The table of the tasks and the last events, drawn over itself. */
class LiveView implements Screen {
  readonly #events: TaskmuxEvent[] = [];
  #timer: Timer | undefined;
  #height = 0;
  #notice: string | null = null;

  constructor(private readonly status: () => Status) {}

  begin(): void {
    this.#timer = setInterval(() => this.#draw(), REDRAW);
    this.#draw();
  }

  show(event: TaskmuxEvent): void {
    this.#events.push(event);
    if (this.#events.length > SHOWN_EVENTS) this.#events.shift();
    if (this.#timer !== undefined) this.#draw();
  }

  notice(sentence: string): void {
    this.#notice = sentence;
    this.#draw();
  }

  close(farewell: string): void {
    clearInterval(this.#timer);
    printLines(1, [farewell]);
  }

  #draw(): void {
    const status = this.status();
    const view = viewOf(1);
    const events = this.#events.map((event) => renderEvent(event, view));
    const help = paint("C-c ends the monitor, the tasks go on", "dim", view);
    const notice = this.#notice === null ? [] : [paint(this.#notice, "yellow", view)];
    const lines = [...renderStatus(status, view), "", ...events, ...notice, help];
    const up = this.#height > 0 ? `\u001b[${this.#height}A` : "";
    write(1, `${up}\r\u001b[J${lines.map((line) => fitLine(line, view.width)).join("\n")}\n`);
    this.#height = lines.length;
  }
}

/** A line that would wrap would spoil the count of lines to go up. */
const fitLine = (line: string, width: number): string =>
  Bun.stringWidth(line) <= width ? line : fit(Bun.stripANSI(line), width);
