import type { FileFailure } from "./system-error.ts";

/** A record that a command can do without if it can't be written. */
export type Unwritten =
  | { kind: "event" }
  /** That a task was stopped on purpose. */
  | { kind: "stop"; task: string }
  /** Why a wanted task was not launched. */
  | { kind: "refusal"; task: string }
  /** These need no warning in a result: the next check repeats them, and an act in progress is soon over. */
  | { kind: "health" }
  | { kind: "act"; task: string };

interface Found {
  first: string;
  events: number;
  stops: Set<string>;
  refusals: Set<string>;
}

/**
 * Collects records that could not be written. A full disk doesn't stop the command, but the user must know what is missing.
 */
export class Unrecorded {
  /** By reason, with the first sentence about it. */
  readonly #found = new Map<string, Found>();
  readonly #onReason: (sentence: string) => void;

  /** `onReason` is called with a sentence for each new reason, for a process that keeps running and prints no result. */
  constructor(onReason: (sentence: string) => void = () => {}) {
    this.#onReason = onReason;
  }

  add(what: Unwritten, { message: first, reason }: FileFailure): void {
    const known = this.#found.get(reason);
    const found = known ?? { first, events: 0, stops: new Set(), refusals: new Set() };
    if (what.kind === "event") found.events++;
    if (what.kind === "stop") found.stops.add(what.task);
    if (what.kind === "refusal") found.refusals.add(what.task);
    this.#found.set(reason, found);
    if (known === undefined) this.#onReason(`Not everything can be recorded: ${first}`);
  }

  /** A sentence for each reason, with everything that is missing because of it. */
  warnings(): string[] {
    return [...this.#found.values()].flatMap(({ first, events, stops, refusals }) => {
      const parts = [
        ...(stops.size > 0
          ? [
              `that ${[...stops].join(", ")} ${stops.size === 1 ? "was" : "were"} stopped on purpose`,
            ]
          : []),
        ...(refusals.size > 0 ? [`why ${[...refusals].join(", ")} was not launched`] : []),
        ...(events > 0 ? [events === 1 ? "1 event" : `${events} events`] : []),
      ];
      return parts.length === 0 ? [] : [`Not recorded: ${parts.join("; ")}. ${first}`];
    });
  }
}
