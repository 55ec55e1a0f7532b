import { ownCommand } from "../../adapters/system/own-command.ts";
import { attach } from "../../app/commands/attach.ts";
import { restart } from "../../app/commands/restart.ts";
import { stop } from "../../app/commands/stop.ts";
import type { Answer, Context } from "../../app/context.ts";
import type { Project } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { StartAll, StartTask, StopAll, StopTask } from "../../domain/results/results.ts";
import { printLines } from "../output.ts";
import { keysIn, type LiveKey } from "../render/live-keys.ts";
import { errorSentence, renderStart, renderStop } from "../render/results.ts";
import { Keyboard } from "./keyboard.ts";
import type { LiveView } from "./live-view.ts";

/** The lines of the log that are shown at first. */
const LOG_LINES = 40;

const PLAIN = { width: Infinity, colour: false, now: 0 };

/** What the keys of `start -m` do. */
export interface LiveControls {
  /** Gives the terminal back. What was ordered goes on until it is done, unless C-c is pressed again. */
  end(): Promise<void>;
}

/** `context`: for an order of the person at the terminal. `leave`: ends the monitor. Null without a keyboard. */
export function controlView(
  view: LiveView,
  context: () => Context,
  leave: () => void,
): LiveControls | null {
  const controls = new KeyControls(view, context, leave);
  return controls.begin() ? controls : null;
}

class KeyControls implements LiveControls {
  #keyboard: Keyboard<LiveKey> | null = null;
  /** Ends the log that is shown. */
  #endLog: (() => void) | null = null;
  readonly #orders = new Map<string, Promise<void>>();
  readonly #view: LiveView;
  readonly #context: () => Context;
  readonly #leave: () => void;

  constructor(view: LiveView, context: () => Context, leave: () => void) {
    this.#view = view;
    this.#context = context;
    this.#leave = leave;
  }

  begin(): boolean {
    this.#keyboard = Keyboard.open({
      keysIn,
      pressed: (key: LiveKey) => this.#press(key),
      stopping: () => this.#view.stepAside(false),
      continued: () => void (this.#endLog === null && this.#view.drawAgain()),
    });
    this.#view.hasKeys = () => this.#keyboard?.isOpen ?? false;
    return this.#keyboard !== null;
  }

  async end(): Promise<void> {
    this.#endLog?.();
    this.#keyboard?.end();
    const again = Promise.withResolvers<void>();
    process.on("SIGINT", () => again.resolve());
    await Promise.race([Promise.all(this.#orders.values()), again.promise]);
  }

  #press(key: LiveKey): void {
    if (key === "suspend") return this.#keyboard?.suspend();
    if (this.#endLog !== null)
      return key === "leave" || key === "interrupt" ? this.#endLog() : undefined;
    if (key === "interrupt") return void process.kill(process.pid, "SIGINT");
    if (key === "leave") return this.#leave();
    if (key === "up" || key === "down") return this.#view.move(key);
    const task = this.#view.selected;
    if (task === null) return;
    this.#view.answer([]);
    if (key === "logs") void this.#showLog(task);
    else if (key === "attach") void this.#attach(task);
    else this.#order(key, task);
  }

  /** One order for a task at a time. */
  #order(key: "restart" | "stop", task: string): void {
    if (this.#orders.has(task)) return;
    const order = key === "restart" ? this.#restart(task) : this.#stop(task);
    const done = order.then(
      (lines) => this.#view.answer(lines),
      (error: unknown) => this.#view.answer([String(error)]),
    );
    this.#orders.set(
      task,
      done.finally(() => this.#orders.delete(task)),
    );
  }

  async #restart(task: string): Promise<string[]> {
    const request = { profiles: [], dependencies: true, forcePort: false, wait: null };
    const answer = await restart(this.#context(), { ...request, names: [task], joins: "never" });
    return linesOf(answer, (result) => renderStart(result as StartTask, PLAIN));
  }

  async #stop(task: string): Promise<string[]> {
    const answer = await stop(this.#context(), { names: [task] });
    return linesOf(answer, (result) => renderStop(result as StopTask, PLAIN));
  }

  async #attach(task: string): Promise<void> {
    this.#view.stepAside(false);
    this.#keyboard?.lend();
    const answer = await attach(this.#context(), { name: task });
    this.#keyboard?.takeBack();
    this.#view.comeBack();
    if (isFailure(answer)) this.#view.answer([answer.message]);
  }

  /** Follows a log in place of the view. Its keys are read here, so that C-c ends only the log. */
  async #showLog(task: string): Promise<void> {
    this.#view.stepAside(true);
    printLines(1, [`log of ${task}; q ends it`]);
    const stdio = ["ignore", "inherit", "inherit"] as const;
    const child = Bun.spawn(logCommand(this.#context().project, task), { stdio: [...stdio] });
    this.#endLog = () => child.kill("SIGINT");
    await child.exited;
    this.#endLog = null;
    this.#view.comeBack();
  }
}

function logCommand({ configPath, session, isNamed }: Project, task: string): string[] {
  const named = isNamed ? ["--session", session] : [];
  return [
    ...ownCommand(),
    "logs",
    "--config",
    configPath,
    ...named,
    "-f",
    "-n",
    `${LOG_LINES}`,
    task,
  ];
}

type Acted = StartAll | StartTask | StopAll | StopTask;

const linesOf = <T extends object>(
  answer: Answer<T> | Failure,
  render: (result: Acted) => string[],
): string[] => {
  if (isFailure(answer)) return [answer.message];
  const result = answer.result as unknown as Acted;
  return result.ok ? render(result) : [errorSentence(result)];
};
