import { describeEvent, type RecordedEvent } from "../domain/events.ts";
import { make } from "./dom.ts";
import { hashOf, timeOfDay } from "./words.ts";

/** Maximum number of events kept. */
export const MOST_EVENTS = 100;

/** The list of events, the newest first. */
export class EventList {
  readonly #seen = new Set<string>();
  readonly #element: HTMLElement;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  /** Adds events. One that arrives twice (in a reply and as a push) is shown once. */
  add(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      const key = JSON.stringify(event);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.#place(event);
    }
    while (this.#element.childElementCount > MOST_EVENTS) this.#element.lastElementChild!.remove();
  }

  clear(): void {
    this.#seen.clear();
    this.#element.replaceChildren();
  }

  /** Inserts an event by its time: older events may arrive after newer ones. */
  #place(event: RecordedEvent): void {
    const older = [...this.#element.children].find(
      (item) => (item.getAttribute("data-ts") ?? "") <= event.ts,
    );
    this.#element.insertBefore(itemOf(event), older ?? null);
  }
}

function itemOf(event: RecordedEvent): HTMLLIElement {
  const task = ("task" in event && event.task) || null;
  return make(
    "li",
    { "data-ts": event.ts, class: toneOf(event) },
    make("time", { datetime: event.ts, title: event.ts }, timeOfDay(event.ts)),
    task === null ? make("span") : make("a", { href: hashOf(task) }, task),
    make("span", { class: "phrase" }, describeEvent(event)),
  );
}

const TONES: Record<string, string> = {
  task_healthy: "good",
  health_check_failed: "warning",
  auto_restart: "warning",
  port_freed: "warning",
  port_changed: "warning",
  auto_restart_failed: "bad",
  max_restarts_reached: "bad",
  hook_failed: "bad",
  config_invalid: "bad",
};

function toneOf(event: RecordedEvent): string | null {
  if (event.event === "task_exited" && "exit_code" in event && event.exit_code !== 0) return "bad";
  return TONES[event.event] ?? null;
}
