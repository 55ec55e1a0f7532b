import type { RecordedEvent } from "../domain/events.ts";
import type { ApiError, ApiPush, ApiStatus } from "../domain/results-api.ts";
import { Connection, type Reply } from "./connection.ts";
import { change, find, make, write } from "./dom.ts";
import { EventList } from "./event-list.ts";
import { GraphView } from "./graph-view.ts";
import { LogFeed } from "./log-feed.ts";
import { LogView } from "./log-view.ts";
import { type Known, TaskRow } from "./task-row.ts";
import {
  hashOf,
  sentences,
  socketAddress,
  taskInHash,
  timeOfDay,
  type Trouble,
  type Verb,
} from "./words.ts";

/** The page: what is known, and everything that shows it. */
class Page {
  private status: ApiStatus | null = null;
  private isConnected = false;
  private retryAt = 0;
  /** When the connection ended, by this machine's clock. */
  private lostAt = 0;
  /** Why the daemon can't say what is true, though it can be reached. */
  private trouble: Trouble | null = null;
  /** What the daemon's clock is ahead of this machine's, in ms. */
  private skew = 0;
  private selected: string | null = null;
  private readonly busy = new Map<string, Verb>();
  private readonly rows = new Map<string, TaskRow>();
  private readonly list = find("tasks", "ul");
  private readonly choice = find("log-task", "select");
  private readonly graph = new GraphView(find("graph", "div"));
  private readonly events = new EventList(find("events", "ol"));
  private readonly connection = new Connection(socketAddress(location.href), {
    opened: () => void this.opened(),
    lost: (retryAt) => this.lost(retryAt),
    pushed: (message) => this.pushed(message),
  });
  private readonly feed = new LogFeed(this.connection, new LogView());

  begin(): void {
    addEventListener("hashchange", () => this.select(taskInHash(location.hash)));
    addEventListener("online", () => this.connection.open());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.connection.open();
    });
    find("retry", "button").addEventListener("click", () => this.connection.open());
    this.choice.addEventListener("change", () => {
      location.hash = hashOf(this.choice.value);
    });
    setInterval(() => this.tick(), 1000);
    this.connection.open();
  }

  /** What changes while the answers are on their way is told, because it was subscribed to before. */
  private async opened(): Promise<void> {
    void this.connection.ask("subscribe", { topics: ["status", "events"] });
    const [status, events] = await Promise.all([
      this.connection.ask("status"),
      this.connection.ask("events", { lines: 50 }),
    ]);
    if (!this.connection.isOpen) return;
    if (status.success === false) {
      this.trouble = status as unknown as ApiError;
      return this.tick();
    }
    this.selected = null;
    this.statusCame(status as unknown as ApiStatus, true);
    if (events.success !== false) this.events.add(events["events"] as RecordedEvent[]);
  }

  private lost(retryAt: number): void {
    if (this.isConnected) this.lostAt = Date.now();
    this.isConnected = false;
    this.trouble = null;
    this.retryAt = retryAt;
    this.show();
  }

  private pushed({ type, data }: ApiPush): void {
    if (type === "status") this.statusCame(data);
    else if (type === "event") this.events.add([data]);
    else if (type === "log") this.feed.live(data);
  }

  /** One that overtook another is older than what is shown, unless it comes from another daemon (`isFirst`). */
  private statusCame(status: ApiStatus, isFirst = false): void {
    if (!isFirst && this.status !== null && status.timestamp < this.status.timestamp) return;
    if (this.status !== null && this.status.session !== status.session) this.events.clear();
    this.status = status;
    this.isConnected = true;
    this.trouble = null;
    this.skew = Date.parse(status.timestamp) - Date.now();
    this.show();
    this.select(this.selected ?? taskInHash(location.hash));
  }

  /** A task that isn't there gives way to the first one. */
  private select(name: string | null): void {
    const names = Object.keys(this.status?.tasks ?? {});
    const found = name !== null && names.includes(name) ? name : (names[0] ?? null);
    if (found === null || found === this.selected) return;
    this.selected = found;
    this.show();
    if (this.isConnected) void this.feed.choose(found);
  }

  private async act(task: string, verb: Verb): Promise<void> {
    const row = this.rows.get(task);
    row?.fail(null);
    this.busy.set(task, verb);
    this.show();
    const reply = await this.connection.ask(verb, { task });
    this.busy.delete(task);
    row?.fail(reply.success === false ? (reply as unknown as ApiError) : warningOf(reply));
    this.show();
  }

  private known(): Known[] {
    return Object.values(this.status?.tasks ?? {}).map((task) => ({
      task,
      state: this.isConnected ? task.state : "unknown",
      isSelected: task.name === this.selected,
      busy: this.busy.get(task.name) ?? null,
    }));
  }

  private show(): void {
    const known = this.known();
    this.showHead();
    this.showRows(known);
    this.showChoice(known);
    this.graph.show(known);
    this.tick();
  }

  private showHead(): void {
    const { status, isConnected } = this;
    change(document.body, "data-connection", isConnected ? "live" : "lost");
    write(find("connection", "p"), isConnected ? "live" : status ? "disconnected" : "connecting");
    document.title = titleOf(status, isConnected);
    if (status === null) return;
    write(find("session", "h1"), status.session);
    const count = Object.keys(status.tasks).length;
    const totals = find("totals", "p");
    write(totals, isConnected ? `${status.active_tasks} of ${count} running` : "");
    write(find("config", "p"), status.config_path);
    change(find("config", "p"), "title", status.config_path);
    const { monitor } = status;
    write(
      find("monitor", "p"),
      isConnected && monitor ? `${monitor.kind}, pid ${monitor.pid}` : "",
    );
  }

  private showRows(known: Known[]): void {
    for (const { task } of known) {
      if (!this.rows.has(task.name)) {
        const row = new TaskRow(task.name, (verb) => void this.act(task.name, verb));
        this.rows.set(task.name, row);
      }
    }
    const names = known.map(({ task }) => task.name);
    for (const [name, row] of this.rows) {
      if (names.includes(name)) continue;
      row.element.remove();
      this.rows.delete(name);
    }
    names.forEach((name, place) => {
      const { element } = this.rows.get(name)!;
      if (this.list.children[place] !== element)
        this.list.insertBefore(element, this.list.children[place] ?? null);
    });
    for (const each of known) this.rows.get(each.task.name)!.show(each);
  }

  private showChoice(known: Known[]): void {
    const names = known.map(({ task }) => task.name);
    const shown = Array.from(this.choice.options, ({ value }) => value);
    if (names.join("\n") !== shown.join("\n")) {
      this.choice.replaceChildren(...names.map((name) => make("option", { value: name }, name)));
    }
    if (this.selected !== null) this.choice.value = this.selected;
  }

  /** What changes with time alone. */
  private tick(): void {
    const now = this.isConnected ? Date.now() + this.skew : null;
    for (const { task } of this.known()) this.rows.get(task.name)?.tick(task, now);
    const isLost = !this.isConnected && (this.retryAt > 0 || this.trouble !== null);
    find("banner", "div").hidden = !isLost;
    find("retry", "button").hidden = this.connection.isOpen;
    if (isLost) write(find("lost", "p"), this.lostText());
  }

  private lostText(): string {
    if (this.trouble !== null) return sentences(this.trouble);
    const seconds = Math.ceil((this.retryAt - Date.now()) / 1000);
    const next = seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again…";
    if (this.status === null) return `The daemon doesn't answer. ${next}`;
    const since = timeOfDay(new Date(this.lostAt).toISOString());
    return `Disconnected from the daemon: nothing is known since ${since}. ${next}`;
  }
}

function titleOf(status: ApiStatus | null, isConnected: boolean): string {
  if (status === null) return "taskmux";
  const count = Object.keys(status.tasks).length;
  return `${status.session} ${isConnected ? `${status.active_tasks}/${count}` : "(disconnected)"}`;
}

/** What was done, but not all as one might think. */
function warningOf({ warnings }: Reply): Trouble | null {
  if (!Array.isArray(warnings) || warnings.length === 0) return null;
  return { error: warnings.map(String).join(" ") };
}

new Page().begin();
