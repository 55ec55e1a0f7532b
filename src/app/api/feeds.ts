import { apiStatus, comparableStatus } from "../../domain/api/reply.ts";
import { channelOf } from "../../domain/api/subscriptions.ts";
import type { Topic } from "../../domain/api/params.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { stampOf } from "../../domain/logs/line.ts";
import { LineBudget } from "../../domain/api/line-budget.ts";
import type { RecordedEvent } from "../../domain/events.ts";
import type { LogRow } from "../../domain/logs/context.ts";
import type { Sibling } from "../../domain/results/results.ts";
import type { ApiPush, ApiStatus } from "../../domain/api/messages.ts";
import type { ApiDeps } from "./commands.ts";
import { followEvents } from "../commands/events.ts";
import { followLogs } from "../logs/follow.ts";
import { healthOf } from "../commands/health.ts";
import { styledLine } from "../logs/logs.ts";
import { Throttle } from "./throttle.ts";
import { findSession } from "../tasks/session.ts";
import { statusOf } from "../commands/status.ts";
import { UsageMeter } from "../commands/top.ts";

/** The destination of the feeds' messages. */
export interface Outlet {
  publish(channel: string, text: string): void;
  broadcast(text: string): void;
  clients(): number;
}

/** Minimum time between two status messages, ms; and the period of a fallback poll. */
const STATUS_PAUSE = 100;
const STATUS_POLL = 2000;
/** Minimum time between two messages with results of health checks, ms. */
const HEALTH_PAUSE = 500;
/** Pause between two looks at what tasks use, and before the second one, which is the first that knows the CPU's share; ms. */
const USAGE_PERIOD = 2000;
const FIRST_USAGE_PERIOD = 500;
/** Delay before a failed feed (an unreadable file) is restarted, ms. */
const FEED_RETRY_DELAY = 1000;

/** Pushes messages to clients: one feed per topic, whatever the number of clients, and none without subscribers. */
export class ApiFeeds {
  readonly #running = new Map<Topic, AbortController>();
  readonly #ending = new AbortController();
  readonly #status: Throttle;
  readonly #health: Throttle;
  /** The last status that was sent, of all tasks and of each. */
  #sent = new Map<string | null, string>();
  readonly #deps: ApiDeps;
  readonly #outlet: Outlet;

  constructor(deps: ApiDeps, outlet: Outlet) {
    this.#deps = deps;
    this.#outlet = outlet;
    const pause = (ms: number) => () => deps.sleep(ms, this.#ending.signal);
    this.#status = new Throttle(() => this.#tellStatus(), pause(STATUS_PAUSE));
    this.#health = new Throttle(() => this.#tellHealth(), pause(HEALTH_PAUSE));
  }

  /** Starts the feeds of these topics, and stops the others. */
  want(topics: ReadonlySet<Topic>): void {
    // An event is the first sign of a changed status.
    const isWanted = { status: topics.has("status"), logs: topics.has("logs") };
    this.#set("events", topics.has("events") || isWanted.status, (signal) => this.#events(signal));
    this.#set("status", isWanted.status, (signal) => this.#watchStatus(signal));
    this.#set("logs", isWanted.logs, (signal) => this.#logs(signal));
    this.#set("usage", topics.has("usage"), (signal) => this.#usage(signal));
  }

  /** A task may have changed. */
  changed(): void {
    if (this.#running.has("status")) this.#status.trigger();
  }

  /** A health check has ended. */
  healthChecked(): void {
    if (this.#outlet.clients() > 0) this.#health.trigger();
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

  /** A feed that ends, by a failure too, is started again after a delay: its files may be readable then. */
  async #keep(run: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await run(signal).catch(() => {});
      await this.#deps.sleep(signal.aborted ? 0 : FEED_RETRY_DELAY, signal);
    }
  }

  #tell(topic: Topic, task: string | null, push: ApiPush): void {
    const text = JSON.stringify(push);
    this.#outlet.publish(channelOf(topic, null), text);
    if (task !== null) this.#outlet.publish(channelOf(topic, task), text);
  }

  async #events(signal: AbortSignal): Promise<Failure | null> {
    const { session } = this.#deps.context().project;
    const reader = this.#deps.events();
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
      const deps = { reader, tasks: null, sleep: this.#deps.sleep };
      return await followEvents(request, deps, emit, signal);
    } finally {
      reader.close();
    }
  }

  async #logs(signal: AbortSignal): Promise<Failure | null> {
    const budget = new LineBudget();
    const clock = this.#deps.context();
    const tell = (row: LogRow): void =>
      this.#tell("logs", row.task, { type: "log", data: styledLine(row) });
    const emit = (rows: readonly LogRow[]): boolean => {
      const now = clock.now();
      for (const row of rows) if (budget.admits(row.task, row.text, now)) tell(row);
      for (const { task, lines } of budget.settle(now)) {
        const text = `[taskmux] ${lines} lines left out here: too many per second; see the log`;
        tell({ task, stamp: stampOf(now), text, gap: false });
      }
      return true;
    };
    const every = { tasks: [], lines: 0, grep: null, regex: false, context: 0 };
    const deps = { ...this.#deps.logs(true), sources: () => this.#deps.logs(true).sources() };
    return followLogs({ ...every, since: null, until: null, run: null }, deps, emit, signal);
  }

  async #usage(signal: AbortSignal): Promise<void> {
    const meter = new UsageMeter();
    for (let pause = FIRST_USAGE_PERIOD; !signal.aborted; pause = USAGE_PERIOD) {
      const ctx = this.#deps.context();
      const data = await meter.read(ctx, ctx.project.config.tasks);
      if (signal.aborted) return;
      this.#tell("usage", null, { type: "usage", data });
      for (const task of data.tasks) {
        const push: ApiPush = { type: "usage", data: { ...data, tasks: [task] } };
        this.#outlet.publish(channelOf("usage", task.name), JSON.stringify(push));
      }
      await this.#deps.sleep(pause, signal);
    }
  }

  async #watchStatus(signal: AbortSignal): Promise<void> {
    // Clients have asked for the current status, so only later changes are sent.
    this.#sent = comparableStatuses(await this.#lookAtStatus());
    while (!signal.aborted) {
      await this.#deps.sleep(STATUS_POLL, signal);
      this.changed();
    }
  }

  async #tellStatus(): Promise<void> {
    try {
      if (!this.#running.has("status")) return;
      const status = await this.#lookAtStatus();
      const statuses = comparableStatuses(status);
      const isNew = (task: string | null) => this.#sent.get(task) !== statuses.get(task);
      const tell = (task: string | null, data: ApiStatus) =>
        this.#outlet.publish(channelOf("status", task), JSON.stringify({ type: "status", data }));
      if (isNew(null)) tell(null, status);
      for (const task of [...statuses.keys()].filter((each) => each !== null)) {
        if (isNew(task)) tell(task, ofTask(status, task));
      }
      this.#sent = statuses;
    } catch {
      // The fallback poll tries again.
    }
  }

  /** The status as the monitor sees it, without a check. Only tmux knows whether the session exists. */
  async #lookAtStatus(): Promise<ApiStatus> {
    const ctx = this.#deps.context();
    let siblings: Sibling[] = [];
    const session = await findSession(
      ctx,
      (sessions) => void (siblings = ctx.siblingsOf(sessions)),
    );
    const running = !isFailure(session) && session !== null;
    return apiStatus(await statusOf(ctx, { running, siblings }), ctx.now());
  }

  async #tellHealth(): Promise<void> {
    const data = healthOf(this.#deps.context());
    this.#outlet.broadcast(JSON.stringify({ type: "health_check", data } satisfies ApiPush));
  }
}

const comparableStatuses = (status: ApiStatus): Map<string | null, string> =>
  new Map([
    [null, comparableStatus(status)],
    ...Object.keys(status.tasks).map(
      (task) => [task, JSON.stringify(comparableStatus(ofTask(status, task)))] as const,
    ),
  ] as [string | null, string][]);

/** The status with only one of its tasks. */
const ofTask = (status: ApiStatus, task: string): ApiStatus => ({
  ...status,
  tasks: { [task]: status.tasks[task]! },
});
