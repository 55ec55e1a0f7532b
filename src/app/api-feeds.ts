import { apiStatus, essenceOf } from "../domain/api-reply.ts";
import { channelOf } from "../domain/api-subscriptions.ts";
import type { Topic } from "../domain/api-params.ts";
import { isFailure } from "../domain/failure.ts";
import { stampOf } from "../domain/log-line.ts";
import { LineBudget } from "../domain/line-budget.ts";
import type { RecordedEvent } from "../domain/events.ts";
import type { LogRow } from "../domain/log-context.ts";
import type { ApiPush, ApiStatus } from "../domain/results-api.ts";
import type { ApiDeps } from "./api-commands.ts";
import { followEvents } from "./events.ts";
import { followLogs } from "./follow-logs.ts";
import { healthOf } from "./health.ts";
import { logLine } from "./logs.ts";
import { Pulse } from "./pulse.ts";
import { findSession } from "./session.ts";
import { statusOf } from "./status.ts";

/** Where the feeds' messages go. */
export interface Outlet {
  publish(channel: string, text: string): void;
  broadcast(text: string): void;
  clients(): number;
}

/** A status is told so often at most, ms; and looked at so often where nothing calls for it. */
const STATUS_PAUSE = 100;
const STATUS_NET = 2000;
/** Results of health checks are told so often at most, ms. */
const HEALTH_PAUSE = 500;
/** A feed that fell ill (a file that can't be read) is begun again after so many ms. */
const AFTER_ILLNESS = 1000;

/** What clients are told unasked: one feed of each kind, whatever the number of clients, and none that nobody listens to. */
export class ApiFeeds {
  readonly #running = new Map<Topic, AbortController>();
  readonly #ending = new AbortController();
  readonly #status: Pulse;
  readonly #health: Pulse;
  /** What was told last of all tasks, and of each. */
  #told = new Map<string | null, string>();

  constructor(
    private readonly deps: ApiDeps,
    private readonly outlet: Outlet,
  ) {
    const pause = (ms: number) => () => deps.sleep(ms, this.#ending.signal);
    this.#status = new Pulse(() => this.#tellStatus(), pause(STATUS_PAUSE));
    this.#health = new Pulse(() => this.#tellHealth(), pause(HEALTH_PAUSE));
  }

  /** Begins the feeds of these topics, and ends the others. */
  want(topics: ReadonlySet<Topic>): void {
    // What happened to a task is the first to tell that its status is another.
    const isHeard = { status: topics.has("status"), logs: topics.has("logs") };
    this.#set("events", topics.has("events") || isHeard.status, (signal) => this.#events(signal));
    this.#set("status", isHeard.status, (signal) => this.#watchStatus(signal));
    this.#set("logs", isHeard.logs, (signal) => this.#logs(signal));
  }

  /** Something about a task may have changed. */
  changed(): void {
    if (this.#running.has("status")) this.#status.beat();
  }

  /** A health check has ended. */
  healthChecked(): void {
    if (this.outlet.clients() > 0) this.#health.beat();
  }

  end(): void {
    this.want(new Set());
    this.#ending.abort();
  }

  #set(topic: Topic, isWanted: boolean, run: (signal: AbortSignal) => Promise<unknown>): void {
    const running = this.#running.get(topic);
    if (isWanted === (running !== undefined)) return;
    this.#running.delete(topic);
    running?.abort();
    if (!isWanted) return;
    const ending = new AbortController();
    this.#running.set(topic, ending);
    void this.#keep(run, ending.signal);
  }

  async #keep(run: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await run(signal).catch(() => {});
      await this.deps.sleep(signal.aborted ? 0 : AFTER_ILLNESS, signal);
    }
  }

  #tell(topic: Topic, task: string | null, push: ApiPush): void {
    const text = JSON.stringify(push);
    this.outlet.publish(channelOf(topic, null), text);
    if (task !== null) this.outlet.publish(channelOf(topic, task), text);
  }

  async #events(signal: AbortSignal): Promise<void> {
    const { session } = this.deps.context().project;
    const reader = this.deps.events();
    const emit = (events: readonly RecordedEvent[]): boolean => {
      for (const event of events) {
        const task = "task" in event ? (event.task ?? null) : null;
        this.#tell("events", task, { type: "event", data: event });
      }
      if (events.length > 0) this.changed();
      return true;
    };
    try {
      const request = { session, task: null, since: null, count: 0 };
      await followEvents(request, { reader, tasks: null, sleep: this.deps.sleep }, emit, signal);
    } finally {
      reader.close();
    }
  }

  async #logs(signal: AbortSignal): Promise<void> {
    const budget = new LineBudget();
    const tell = (row: LogRow): void =>
      this.#tell("logs", row.task, { type: "log", data: liveLine(row) });
    const emit = (rows: readonly LogRow[]): boolean => {
      const now = Date.now();
      for (const row of rows) if (budget.admits(row.task, row.text, now)) tell(row);
      for (const { task, lines } of budget.settle(now)) {
        const text = `[taskmux] ${lines} lines left out here: too many a second; the log has them`;
        tell({ task, stamp: stampOf(now), text, gap: false });
      }
      return true;
    };
    const every = { tasks: [], lines: 0, grep: null, regex: false, context: 0 };
    const deps = { ...this.deps.logs(true), sources: () => this.deps.logs(true).sources() };
    await followLogs({ ...every, since: null, until: null }, deps, emit, signal);
  }

  async #watchStatus(signal: AbortSignal): Promise<void> {
    // What the clients know is what they have asked for: only what changes from now on is told.
    this.#told = essences(await this.#lookAtStatus());
    while (!signal.aborted) {
      await this.deps.sleep(STATUS_NET, signal);
      this.changed();
    }
  }

  async #tellStatus(): Promise<void> {
    try {
      if (!this.#running.has("status")) return;
      const status = await this.#lookAtStatus();
      const news = essences(status);
      const isNew = (task: string | null) => this.#told.get(task) !== news.get(task);
      const tell = (task: string | null, data: ApiStatus) =>
        this.outlet.publish(channelOf("status", task), JSON.stringify({ type: "status", data }));
      if (isNew(null)) tell(null, status);
      for (const task of [...news.keys()].filter((each) => each !== null)) {
        if (isNew(task)) tell(task, ofTask(status, task));
      }
      this.#told = news;
    } catch {
      // The net looks again.
    }
  }

  /** As the monitor sees it, without a check; whether there is a session only tmux knows. */
  async #lookAtStatus(): Promise<ApiStatus> {
    const ctx = this.deps.context();
    const session = await findSession(ctx);
    const running = isFailure(session) ? false : session !== null;
    return apiStatus({ ...statusOf(ctx), running }, ctx.now());
  }

  async #tellHealth(): Promise<void> {
    const data = healthOf(this.deps.context());
    this.outlet.broadcast(JSON.stringify({ type: "health_check", data } satisfies ApiPush));
  }
}

/** A page shows colours; others need not look for them. */
function liveLine(row: LogRow) {
  const line = logLine(row);
  return line.text === row.text ? line : { ...line, styled: row.text };
}

const essences = (status: ApiStatus): Map<string | null, string> =>
  new Map([
    [null, essenceOf(status)],
    ...Object.keys(status.tasks).map(
      (task) => [task, JSON.stringify(essenceOf(ofTask(status, task)))] as const,
    ),
  ] as [string | null, string][]);

/** A status with one of its tasks. */
const ofTask = (status: ApiStatus, task: string): ApiStatus => ({
  ...status,
  tasks: { [task]: status.tasks[task]! },
});
