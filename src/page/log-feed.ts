import type { ApiError } from "../domain/results-api.ts";
import type { Connection, Reply } from "./connection.ts";
import { type Line, lineOf, LogJoin } from "./log-join.ts";
import type { LogView } from "./log-view.ts";

/** How many lines of the past a log begins with. */
const BACKLOG = 1000;

/** Brings the lines of one task's log to the page, the past ones and those to come. */
export class LogFeed {
  private task: string | null = null;
  private join = new LogJoin();

  constructor(
    private readonly connection: Connection,
    private readonly view: LogView,
  ) {}

  /** Another task, or the same one after the connection was made anew. */
  async choose(task: string): Promise<void> {
    if (this.task !== null && this.task !== task) {
      void this.connection.ask("unsubscribe", { topics: ["logs"], task: this.task });
    }
    this.task = task;
    const join = (this.join = new LogJoin());
    this.view.clear("Reading the log…");
    await this.connection.ask("subscribe", { topics: ["logs"], task });
    const reply = await this.backlog(task);
    // Another log may have been chosen meanwhile.
    if (join !== this.join) return;
    if (reply.success === false) return this.view.fail(reply as unknown as ApiError);
    this.view.say("This task has written nothing yet.");
    this.view.add(join.answered((reply["lines"] as string[]).map(lineOf)));
  }

  /** Lines may be so long that the daemon doesn't send so many. */
  private async backlog(task: string, lines = BACKLOG): Promise<Reply> {
    const reply = await this.connection.ask("logs", { task, lines, colour: true });
    const isTooMuch = reply["error_code"] === "E703" && lines > 10;
    return isTooMuch ? this.backlog(task, lines / 10) : reply;
  }

  live({ task, ts, text, styled = text }: Line & { task: string; styled?: string }): void {
    if (task === this.task) this.view.add(this.join.live({ ts, text: styled }));
  }
}
