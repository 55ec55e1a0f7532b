import type { TaskState } from "../domain/lifecycle.ts";
import type { TaskStatus } from "../domain/results.ts";
import { change, draw, make, write } from "./dom.ts";
import {
  errorParts,
  hashOf,
  isOffered,
  noteOf,
  portAddress,
  restartsOf,
  type Trouble,
  uptimeOf,
  type Verb,
  verbs,
} from "./words.ts";

/** Drawn in a square of 16. */
const ICONS: Record<Verb, string> = {
  start: "M5 3.2v9.6L12.8 8Z",
  stop: "M4.2 4.2h7.6v7.6H4.2Z",
  restart: "M12.6 6.2A5 5 0 1 0 13 8.6M12.9 2.8v3.6H9.3",
};

/** What is known of a task now. */
export interface Known {
  task: TaskStatus;
  /** `unknown`: the daemon can't be asked. */
  state: TaskState | "unknown";
  isSelected: boolean;
  /** What it was asked for, until the answer comes. */
  busy: Verb | null;
}

/** One task in the list. It is changed in place: a button that has the focus keeps it. */
export class TaskRow {
  private readonly name = make("a", { class: "name" });
  private readonly state = make("span", { class: "state" });
  private readonly port = make("a", { class: "port", target: "_blank", rel: "noreferrer" });
  private readonly uptime = make("span");
  private readonly restarts = make("span", { class: "restarts" });
  private readonly note = make("span", { class: "note" });
  private readonly command = make("span", { class: "command" });
  private readonly failure = make("div", { class: "failure", role: "alert", hidden: "" });
  private readonly buttons: Record<Verb, HTMLButtonElement>;
  readonly element: HTMLLIElement;

  constructor(name: string, onVerb: (verb: Verb) => void) {
    this.buttons = Object.fromEntries(
      verbs.map((verb) => [verb, buttonOf(verb, name, onVerb)]),
    ) as Record<Verb, HTMLButtonElement>;
    write(this.name, name);
    change(this.name, "href", hashOf(name));
    this.element = make(
      "li",
      { class: "task", "data-task": name },
      this.state,
      this.name,
      this.port,
      make("span", { class: "buttons" }, ...verbs.map((verb) => this.buttons[verb])),
      make("p", { class: "facts" }, this.uptime, this.restarts, this.note, this.command),
      this.failure,
    );
  }

  show({ task, state, isSelected, busy }: Known): void {
    change(this.element, "data-state", state);
    write(this.state, state);
    change(this.name, "aria-current", isSelected ? "true" : null);
    this.showPort(task, state);
    write(this.restarts, restartsOf(task));
    write(this.note, state === "unknown" ? `was ${task.state}` : noteOf(task));
    change(this.note, "title", task.last_health?.reason ?? null);
    write(this.command, task.command);
    change(this.command, "title", task.command);
    for (const verb of verbs) {
      const isUseful = state !== "unknown" && busy === null && isOffered(verb, state);
      this.buttons[verb].disabled = !isUseful;
      change(this.buttons[verb], "aria-busy", busy === verb ? "true" : null);
    }
  }

  /** `now` in epoch ms, null where nothing is known of it. */
  tick(task: TaskStatus, now: number | null): void {
    write(this.uptime, now === null ? "" : uptimeOf(task, now));
    change(this.uptime, "title", task.started_at && `since ${task.started_at}`);
  }

  /** Says what went wrong, until it is dismissed or the next attempt; null: nothing. */
  fail(error: Trouble | null): void {
    this.failure.hidden = error === null;
    if (error === null) return;
    const dismiss = make("button", { type: "button", "aria-label": "Dismiss" }, "×");
    dismiss.addEventListener("click", () => this.fail(null));
    const [sentence, hint] = errorParts(error);
    const text = make("p", {}, `${sentence} `, make("span", { class: "hint" }, hint));
    this.failure.replaceChildren(text, dismiss);
  }

  private showPort({ port }: TaskStatus, state: Known["state"]): void {
    write(this.port, port === null ? "" : `:${port}`);
    const isOpen = port !== null && ["running", "unhealthy", "starting"].includes(state);
    change(this.port, "href", isOpen ? portAddress(location.hostname, port) : null);
  }
}

function buttonOf(verb: Verb, name: string, onVerb: (verb: Verb) => void): HTMLButtonElement {
  const icon = draw("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
  icon.append(draw("path", { d: ICONS[verb] }));
  const label = `${verb} ${name}`;
  const button = make("button", { type: "button", class: verb, title: label, "aria-label": label });
  button.append(icon);
  button.addEventListener("click", () => onVerb(verb));
  return button;
}
