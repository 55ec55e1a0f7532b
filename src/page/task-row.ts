import type { TaskState } from "../domain/tasks/lifecycle.ts";
import type { TaskStatus } from "../domain/results/results.ts";
import type { TaskUsage } from "../domain/results/top.ts";
import type { Why } from "../domain/results/why.ts";
import { change, draw, make, write } from "./dom.ts";
import {
  addressOf,
  errorParts,
  hashOf,
  isOffered,
  linkTo,
  noteOf,
  restartsOf,
  type Problem,
  uptimeOf,
  usageDetails,
  usageOf,
  type Verb,
  VERBS,
} from "./words.ts";

/** SVG paths in a square of 16. */
const ICONS: Record<Verb, string> = {
  start: "M5 3.2v9.6L12.8 8Z",
  stop: "M4.2 4.2h7.6v7.6H4.2Z",
  restart: "M12.6 6.2A5 5 0 1 0 13 8.6M12.9 2.8v3.6H9.3",
};

/** The data of a task's row. */
export interface TaskView {
  task: TaskStatus;
  /** `unknown`: the daemon isn't connected. */
  state: TaskState | "unknown";
  isSelected: boolean;
  /** The command that was sent, until its reply. */
  busy: Verb | null;
}

/** A task in the list. Updated in place, so that a focused button keeps the focus. */
export class TaskRow {
  readonly #name = make("a", { class: "name" });
  /** Says why the task is in its state. */
  readonly #state = make("button", { class: "state", type: "button" });
  readonly #address = make("a", { class: "port", target: "_blank", rel: "noreferrer" });
  readonly #uptime = make("span");
  readonly #usage = make("span", { class: "usage" });
  readonly #restarts = make("span", { class: "restarts" });
  readonly #note = make("span", { class: "note" });
  readonly #command = make("span", { class: "command" });
  readonly #why = make("div", { class: "why", role: "status", hidden: "" });
  readonly #failure = make("div", { class: "failure", role: "alert", hidden: "" });
  readonly #buttons: Record<Verb, HTMLButtonElement>;
  readonly element: HTMLLIElement;

  /** `onVerb` is called with the command of a button, `onWhy` for an explanation. */
  constructor(name: string, onVerb: (verb: Verb) => void, onWhy: () => void) {
    this.#buttons = Object.fromEntries(
      VERBS.map((verb) => [verb, buttonOf(verb, name, onVerb)]),
    ) as Record<Verb, HTMLButtonElement>;
    this.#state.addEventListener("click", onWhy);
    write(this.#name, name);
    change(this.#name, "href", hashOf(name));
    this.element = make(
      "li",
      { class: "task", "data-task": name },
      this.#state,
      this.#name,
      this.#address,
      make("span", { class: "buttons" }, ...VERBS.map((verb) => this.#buttons[verb])),
      make(
        "p",
        { class: "facts" },
        this.#uptime,
        this.#usage,
        this.#restarts,
        this.#note,
        this.#command,
      ),
      this.#why,
      this.#failure,
    );
  }

  show({ task, state, isSelected, busy }: TaskView): void {
    change(this.element, "data-state", state);
    write(this.#state, state);
    change(this.#state, "title", `why is ${task.name} ${state}?`);
    this.#state.disabled = state === "unknown";
    change(this.#name, "aria-current", isSelected ? "true" : null);
    this.#showAddress(task, state);
    write(this.#restarts, restartsOf(task));
    write(this.#note, state === "unknown" ? `was ${task.state}` : noteOf(task));
    change(this.#note, "title", task.last_health?.reason ?? null);
    write(this.#command, task.command);
    change(this.#command, "title", task.command);
    for (const verb of VERBS) {
      const isUseful = state !== "unknown" && busy === null && isOffered(verb, state);
      this.#buttons[verb].disabled = !isUseful;
      change(this.#buttons[verb], "aria-busy", busy === verb ? "true" : null);
    }
  }

  /** Updates the times. `now` in epoch ms, null if the state is unknown. */
  tick(task: TaskStatus, now: number | null): void {
    write(this.#uptime, now === null ? "" : uptimeOf(task, now));
    change(this.#uptime, "title", task.started_at && `since ${task.started_at}`);
  }

  /** Null: not known. */
  showUsage(usage: TaskUsage | null): void {
    write(this.#usage, usage === null ? "" : usageOf(usage));
    change(this.#usage, "title", usage === null ? null : usageDetails(usage));
  }

  get isExplained(): boolean {
    return !this.#why.hidden;
  }

  /** Shows why the task is in its state, until it is dismissed; null: no longer. */
  explain(why: Why | null): void {
    this.#why.hidden = why === null;
    if (why === null) return;
    const { summary, causes, hint } = why;
    this.#why.replaceChildren(
      make("p", {}, summary),
      make("ul", {}, ...causes.map((cause) => make("li", {}, cause))),
      make("p", { class: "hint" }, hint),
      dismissal(() => this.explain(null)),
    );
  }

  /** Shows an error until it is dismissed or the next attempt; null: none. */
  fail(error: Problem | null): void {
    this.#failure.hidden = error === null;
    if (error === null) return;
    const [sentence, hint] = errorParts(error);
    const text = make("p", {}, `${sentence} `, make("span", { class: "hint" }, hint));
    this.#failure.replaceChildren(
      text,
      dismissal(() => this.fail(null)),
    );
  }

  #showAddress(task: TaskStatus, state: TaskView["state"]): void {
    write(this.#address, addressOf(task));
    change(this.#address, "title", task.url);
    const isOpen = ["running", "unhealthy", "starting"].includes(state);
    change(this.#address, "href", isOpen ? linkTo(task.url, location.hostname) : null);
  }
}

function dismissal(onClick: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", class: "dismiss", "aria-label": "Dismiss" }, "×");
  button.addEventListener("click", onClick);
  return button;
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
