import type { ApiError } from "../domain/api/messages.ts";
import type { Connection, Reply } from "./connection.ts";
import { type LogLine, lineOf, LogJoin, type SharedLine, sharedLineOf } from "./log-join.ts";
import type { LogView } from "./log-view.ts";
import { ALL_TASKS } from "./words.ts";

/** Number of past lines to show at first. */
const BACKLOG = 1000;

/** Feeds the past and new lines of one task's log, or of all tasks' logs, to the view. */
export class LogFeed {
  #chosen: string | null = null;
  #join = new LogJoin();
  readonly #connection: Connection;
  readonly #view: LogView;

  constructor(connection: Connection, view: LogView) {
    this.#connection = connection;
    this.#view = view;
  }

  /** Shows another log (`ALL_TASKS`: all together), or the same one again after a reconnection. */
  async choose(name: string): Promise<void> {
    if (this.#chosen !== null && this.#chosen !== name) {
      void this.#connection.ask("unsubscribe", { topics: ["logs"], ...taskParam(this.#chosen) });
    }
    this.#chosen = name;
    const join = (this.#join = new LogJoin());
    this.#view.clear("Reading the log…");
    await this.#connection.ask("subscribe", { topics: ["logs"], ...taskParam(name) });
    const reply = await this.#backlog(name);
    // Another log may have been chosen in the meantime.
    if (join !== this.#join) return;
    if (reply.success === false) return this.#view.fail(reply as unknown as ApiError);
    const what = name === ALL_TASKS ? "No task" : "This task";
    this.#view.say(`${what} has written ${name === ALL_TASKS ? "anything" : "nothing"} yet.`);
    this.#view.add(join.answered(linesOf(name, reply)));
  }

  /** Asks for past lines; for fewer if the reply would be too large. */
  async #backlog(name: string, lines = BACKLOG): Promise<Reply> {
    const reply = await this.#connection.ask("logs", { ...taskParam(name), lines, colour: true });
    const isTooMuch = reply["error_code"] === "E703" && lines > 10;
    return isTooMuch ? this.#backlog(name, lines / 10) : reply;
  }

  live(line: SharedLine): void {
    if (this.#chosen === ALL_TASKS) this.#view.add(this.#join.live(sharedLineOf(line)));
    else if (line.task === this.#chosen) {
      const { ts, text } = sharedLineOf(line);
      this.#view.add(this.#join.live({ ts, text }));
    }
  }
}

const taskParam = (name: string) => (name === ALL_TASKS ? {} : { task: name });

/** A session of one task answers with its own form. */
function linesOf(name: string, { task, lines }: Reply): LogLine[] {
  if (name === ALL_TASKS && task === undefined) return (lines as SharedLine[]).map(sharedLineOf);
  const own = (lines as string[]).map(lineOf);
  return name === ALL_TASKS ? own.map((line) => ({ ...line, task: String(task) })) : own;
}
