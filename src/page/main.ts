import type { RecordedEvent } from "../domain/events.ts";
import type { ApiError, ApiPush, ApiStatus } from "../domain/api/messages.ts";
import { totalsText } from "../domain/tasks/totals.ts";
import type { Top } from "../domain/results/top.ts";
import type { Why } from "../domain/results/why.ts";
import { AllTasks } from "./all-tasks.ts";
import { Connection, type Reply } from "./connection.ts";
import { change, find, make, write } from "./dom.ts";
import { EventList } from "./event-list.ts";
import { GraphView } from "./graph-view.ts";
import { actionOf, neighbour } from "./keys.ts";
import { LogFeed } from "./log-feed.ts";
import { LogView } from "./log-view.ts";
import { type TaskView, TaskRow } from "./task-row.ts";
import {
  ALL_TASKS,
  hashOf,
  sentences,
  socketAddress,
  taskInHash,
  timeOfDay,
  type Problem,
  type Verb,
} from "./words.ts";

/** The page: its data, and the views that show it. */
class Page {
  #status: ApiStatus | null = null;
  #isConnected = false;
  #retryAt = 0;
  /** When the connection was lost, by this machine's clock. */
  #lostAt = 0;
  /** Why the daemon can't report the state, although it is reachable. */
  #problem: Problem | null = null;
  /** The daemon's clock minus this machine's, ms. */
  #clockOffset = 0;
  /** A task, or all together. */
  #selected: string | null = null;
  /** What the tasks use; null where that isn't known. */
  #usage: Top | null = null;
  readonly #busy = new Map<string, Verb>();
  readonly #rows = new Map<string, TaskRow>();
  readonly #list = find("tasks", "ul");
  readonly #choice = find("log-task", "select");
  readonly #graph = new GraphView(find("graph", "div"));
  readonly #events = new EventList(find("events", "ol"));
  readonly #connection = new Connection(socketAddress(location.href), {
    opened: () => void this.#opened(),
    lost: (retryAt) => this.#lost(retryAt),
    pushed: (message) => this.#came(message),
  });
  readonly #all = new AllTasks(this.#connection);
  readonly #feed = new LogFeed(this.#connection, new LogView());

  begin(): void {
    addEventListener("hashchange", () => this.#select(taskInHash(location.hash)));
    addEventListener("online", () => this.#connection.open());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#connection.open();
      this.#wantUsage(!document.hidden);
    });
    document.addEventListener("keydown", (event) => this.#pressed(event));
    find("retry", "button").addEventListener("click", () => this.#connection.open());
    this.#choice.addEventListener("change", () => {
      location.hash = hashOf(this.#choice.value);
    });
    setInterval(() => this.#tick(), 1000);
    this.#connection.open();
  }

  /** Subscribes first and then asks, so that no change is missed in between. */
  async #opened(): Promise<void> {
    void this.#connection.ask("subscribe", { topics: ["status", "events"] });
    this.#wantUsage(!document.hidden);
    const [status, events] = await Promise.all([
      this.#connection.ask("status"),
      this.#connection.ask("events", { lines: 50 }),
    ]);
    if (!this.#connection.isOpen) return;
    if (status.success === false) {
      this.#problem = status as unknown as ApiError;
      return this.#tick();
    }
    this.#selected = null;
    this.#statusCame(status as unknown as ApiStatus, true);
    if (events.success !== false) this.#events.add(events["events"] as RecordedEvent[]);
  }

  /** The daemon measures only for who looks: not for a page in the background. */
  #wantUsage(isWanted: boolean): void {
    void this.#connection.ask(isWanted ? "subscribe" : "unsubscribe", { topics: ["usage"] });
  }

  #lost(retryAt: number): void {
    if (this.#isConnected) this.#lostAt = Date.now();
    this.#isConnected = false;
    this.#usage = null;
    this.#problem = null;
    this.#retryAt = retryAt;
    this.#show();
  }

  #came({ type, data }: ApiPush): void {
    if (type === "status") this.#statusCame(data);
    else if (type === "event") this.#events.add([data]);
    else if (type === "log") this.#feed.live(data);
    else if (type === "usage") {
      this.#usage = data;
      this.#showUsage();
    }
  }

  /**
   * A status older than the shown one is ignored, unless it is the first of a connection, maybe of another daemon
   * (`isFirst`).
   */
  #statusCame(status: ApiStatus, isFirst = false): void {
    if (!isFirst && this.#status !== null && status.timestamp < this.#status.timestamp) return;
    if (this.#status !== null && this.#status.session !== status.session) this.#events.clear();
    this.#status = status;
    this.#isConnected = true;
    this.#problem = null;
    this.#clockOffset = Date.parse(status.timestamp) - Date.now();
    this.#show();
    this.#select(this.#selected ?? taskInHash(location.hash));
  }

  get #names(): string[] {
    return Object.keys(this.#status?.tasks ?? {});
  }

  /** Selects a task, or all; an unknown one is replaced by the first task. */
  #select(name: string | null): void {
    const names = this.#names;
    const isKnown = name !== null && (names.includes(name) || name === ALL_TASKS);
    const found = isKnown ? name : (names[0] ?? null);
    if (found === null || found === this.#selected) return;
    this.#selected = found;
    this.#show();
    if (this.#isConnected) void this.#feed.choose(found);
  }

  async #act(task: string, verb: Verb): Promise<void> {
    const row = this.#rows.get(task);
    row?.fail(null);
    this.#busy.set(task, verb);
    this.#show();
    const reply = await this.#connection.ask(verb, { task });
    this.#busy.delete(task);
    row?.fail(reply.success === false ? (reply as unknown as ApiError) : warningOf(reply));
    this.#show();
  }

  #pressed(event: KeyboardEvent): void {
    const isTyping = event.target instanceof Element && event.target.matches("input, select");
    const action = actionOf(event, isTyping);
    if (action === null) return;
    event.preventDefault();
    if (action === "filter") find("filter", "input").focus();
    else if (action === "follow") find("follow", "button").click();
    else if (action === "all") location.hash = hashOf(ALL_TASKS);
    else if (action === "why") void this.#explain(this.#selected);
    else location.hash = hashOf(neighbour(this.#names, this.#selected, action) ?? ALL_TASKS);
  }

  /** Shows why a task is in its state, or hides that again. */
  async #explain(task: string | null): Promise<void> {
    const row = task === null ? undefined : this.#rows.get(task);
    if (row === undefined || !this.#isConnected) return;
    if (row.isExplained) return row.explain(null);
    const reply = await this.#connection.ask("why", { task });
    if (reply.success === false) row.fail(reply as unknown as ApiError);
    else row.explain(reply as unknown as Why);
  }

  #known(): TaskView[] {
    return Object.values(this.#status?.tasks ?? {}).map((task) => ({
      task,
      state: this.#isConnected ? task.state : "unknown",
      isSelected: task.name === this.#selected,
      busy: this.#busy.get(task.name) ?? null,
    }));
  }

  #show(): void {
    const known = this.#known();
    this.#showHead();
    this.#all.show(this.#isConnected);
    this.#showRows(known);
    this.#showChoice(known);
    this.#showUsage();
    this.#graph.show(known);
    this.#tick();
  }

  #showHead(): void {
    const status = this.#status;
    const isConnected = this.#isConnected;
    change(document.body, "data-connection", isConnected ? "live" : "lost");
    write(find("connection", "p"), isConnected ? "live" : status ? "disconnected" : "connecting");
    document.title = titleOf(status, isConnected);
    if (status === null) return;
    write(find("session", "h1"), status.session);
    const all = totalsText(Object.values(status.tasks));
    const totals = find("totals", "p");
    write(totals, isConnected ? all : "");
    write(find("config", "p"), status.config_path);
    change(find("config", "p"), "title", status.config_path);
    const { monitor } = status;
    write(
      find("monitor", "p"),
      isConnected && monitor ? `${monitor.kind}, pid ${monitor.pid}` : "",
    );
  }

  #showRows(known: TaskView[]): void {
    for (const { task } of known) {
      if (!this.#rows.has(task.name)) {
        const act = (verb: Verb): void => void this.#act(task.name, verb);
        const row = new TaskRow(task.name, act, () => void this.#explain(task.name));
        this.#rows.set(task.name, row);
      }
    }
    const names = known.map(({ task }) => task.name);
    for (const [name, row] of this.#rows) {
      if (names.includes(name)) continue;
      row.element.remove();
      this.#rows.delete(name);
    }
    names.forEach((name, place) => {
      const { element } = this.#rows.get(name)!;
      if (this.#list.children[place] !== element)
        this.#list.insertBefore(element, this.#list.children[place] ?? null);
    });
    for (const each of known) this.#rows.get(each.task.name)!.show(each);
  }

  #showUsage(): void {
    const usages = new Map(this.#usage?.tasks.map((task) => [task.name, task]));
    for (const [name, row] of this.#rows) row.showUsage(usages.get(name) ?? null);
  }

  #showChoice(known: TaskView[]): void {
    const names = [...known.map(({ task }) => task.name), ALL_TASKS];
    const shown = Array.from(this.#choice.options, ({ value }) => value);
    if (names.join("\n") !== shown.join("\n")) {
      const options = names.map((name) =>
        make("option", { value: name }, name === ALL_TASKS ? "all tasks" : name),
      );
      this.#choice.replaceChildren(...options);
    }
    if (this.#selected !== null) this.#choice.value = this.#selected;
  }

  /** Updates what changes with time. */
  #tick(): void {
    const now = this.#isConnected ? Date.now() + this.#clockOffset : null;
    for (const { task } of this.#known()) this.#rows.get(task.name)?.tick(task, now);
    const isLost = !this.#isConnected && (this.#retryAt > 0 || this.#problem !== null);
    find("banner", "div").hidden = !isLost;
    find("retry", "button").hidden = this.#connection.isOpen;
    if (isLost) write(find("lost", "p"), this.#lostText());
  }

  #lostText(): string {
    if (this.#problem !== null) return sentences(this.#problem);
    const seconds = Math.ceil((this.#retryAt - Date.now()) / 1000);
    const next = seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again…";
    if (this.#status === null) return `The daemon doesn't answer. ${next}`;
    const since = timeOfDay(new Date(this.#lostAt).toISOString());
    return `Disconnected from the daemon: no updates since ${since}. ${next}`;
  }
}

function titleOf(status: ApiStatus | null, isConnected: boolean): string {
  if (status === null) return "taskmux";
  const count = Object.keys(status.tasks).length;
  return `${status.session} ${isConnected ? `${status.active_tasks}/${count}` : "(disconnected)"}`;
}

/** A problem of a command that succeeded otherwise. */
function warningOf({ warnings }: Reply): Problem | null {
  if (!Array.isArray(warnings) || warnings.length === 0) return null;
  return { error: warnings.map(String).join(" ") };
}

new Page().begin();
