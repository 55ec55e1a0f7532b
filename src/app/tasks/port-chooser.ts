import type { Choosing } from "../../adapters/ports/session-ports.ts";
import type { Task } from "../../domain/config/config.ts";
import type { Failure } from "../../domain/failure.ts";
import { type ChosenPorts, chosenOf } from "../../domain/ports/addresses.ts";
import {
  changeWarning,
  describeReservation,
  keptPort,
  noPort,
  type PortChange,
  type PortChoice,
  portsToTry,
  tasksReferringTo,
} from "../../domain/ports/choice.ts";
import {
  describeHolder,
  isOfTask,
  ownershipOf,
  type Listener,
  type PortClaim,
} from "../../domain/tasks/port-owner.ts";
import type { Context } from "../context.ts";
import { claimOf } from "./free-port.ts";
import { readProcessState } from "./observe.ts";
import { marksOf } from "./task-marks.ts";

/** The result of a choice: what to tell the user, and the tasks without a port. */
export interface PortsChosen {
  warnings: string[];
  failures: ReadonlyMap<string, Failure>;
}

/**
 * One choice of the ports of a session's tasks, while no other process chooses. `launched`: the tasks that need a port that
 * they can use now; the others keep what they have.
 */
export class PortChooser {
  readonly #ctx: Context;
  readonly #choosing: Choosing;
  readonly #launched: ReadonlySet<string>;
  readonly #force: boolean;
  /** Who has each port within this session. */
  readonly #taken = new Map<number, string>();
  readonly #ports = new Map<string, number>();
  readonly #claims = new Map<string, Promise<PortClaim>>();
  readonly #changes: PortChange[] = [];
  readonly #failures = new Map<string, Failure>();

  constructor(ctx: Context, choosing: Choosing, launched: ReadonlySet<string>, force: boolean) {
    this.#ctx = ctx;
    this.#choosing = choosing;
    this.#launched = launched;
    this.#force = force;
    for (const { name, port } of ctx.project.config.tasks) {
      if (typeof port === "number") this.#taken.set(port, name);
    }
  }

  async choose(tasks: Task[]): Promise<PortsChosen> {
    const before = this.#ctx.ports.chosen;
    this.#keepUnknown(before);
    const rest: PortChoice[] = [];
    // First those who keep their port: no other task may get it.
    for (const { name, port } of tasks) {
      const choice = { task: name, setting: port!, recorded: chosenOf(before, name) };
      if (!(await this.#keeps(choice))) rest.push(choice);
    }
    for (const choice of rest) await this.#chooseNew(choice);
    const chosen = Object.fromEntries(this.#ports);
    if (!isSame(before, chosen)) this.#choosing.record(chosen);
    for (const task of tasks) this.#want(task);
    return { warnings: this.#tell(), failures: this.#failures };
  }

  /**
   * A task that runs but that this project doesn't have keeps its port: it was removed from the config, or `run` has added
   * it since this command read the project.
   */
  #keepUnknown(before: ChosenPorts): void {
    const known = new Set(this.#ctx.project.config.tasks.map(({ name }) => name));
    for (const [name, port] of Object.entries(before)) {
      const { kind } = this.#ctx.state.task(name).process();
      if (!known.has(name) && (kind === "alive" || kind === "pending")) this.#take(name, port);
    }
  }

  async #keeps(choice: PortChoice): Promise<boolean> {
    const port = keptPort(choice, this.#ctx.project.session);
    if (port === null) return false;
    const mustCheck = this.#launched.has(choice.task) || this.#taken.has(port);
    if (mustCheck && (await this.#obstacle(choice, port)) !== null) return false;
    this.#take(choice.task, port);
    return true;
  }

  async #chooseNew(choice: PortChoice): Promise<void> {
    const { session } = this.#ctx.project;
    let first: string | null = null;
    for (const port of portsToTry(choice, session)) {
      const obstacle = await this.#obstacle(choice, port);
      first ??= obstacle;
      if (obstacle !== null) continue;
      this.#take(choice.task, port);
      const from = keptPort(choice, session);
      if (from === null || from === port) return;
      const held_by = first ?? "";
      this.#changes.push({ task: choice.task, from, to: port, held_by });
      return;
    }
    this.#failures.set(choice.task, noPort(choice, session, first ?? "the system"));
  }

  #take(task: string, port: number): void {
    this.#taken.set(port, task);
    this.#ports.set(task, port);
  }

  /** What keeps a task from a port, in words; null if it can be used. */
  async #obstacle(choice: PortChoice, port: number): Promise<string | null> {
    const owner = this.#taken.get(port);
    if (owner !== undefined) return `task '${owner}'`;
    const reservation = this.#choosing.reservation(port);
    if (reservation !== null) return describeReservation(reservation);
    if (this.#choosing.canBind(port)) return null;
    const isRecorded = port === choice.recorded;
    const claim = await this.#claimOf(choice.task);
    // Without processes of its own, all that matters is that the port is held.
    if (claim.members.size === 0 && !isRecorded) return ANOTHER;
    const found = await this.#ctx.ports.listeners(port);
    const mayEnd = (one: Listener) => this.#mayEnd(one, claim, found, isRecorded && this.#force);
    if (found.length > 0 && found.every(mayEnd)) return null;
    const other = found.find((one) => !mayEnd(one));
    return other === undefined ? ANOTHER : describeHolder(other.holder);
  }

  /** Whether the launch may end a listener: a process of this very task, or by force one that nobody claims. */
  #mayEnd(one: Listener, claim: PortClaim, all: readonly Listener[], force: boolean): boolean {
    if (one.holder === null || one.holder.isOurAncestor) return false;
    if (isOfTask(one.holder, claim)) return true;
    const ownership = ownershipOf(one, claim, all);
    return force && (ownership.kind === "orphan" || !ownership.isFixed);
  }

  #claimOf(task: string): Promise<PortClaim> {
    const ctx = this.#ctx;
    const known = this.#claims.get(task);
    if (known) return known;
    const claim = claimOf(ctx, marksOf(ctx, task, ctx.state.task(task).launcher()));
    this.#claims.set(task, claim);
    return claim;
  }

  /** From here on other sessions see that the task needs its port. */
  #want({ name }: Task): void {
    const files = this.#ctx.state.task(name);
    if (!this.#launched.has(name) || !this.#ports.has(name)) return;
    if (files.memory().want === "down") files.remember({ want: "up", run: null, refused: null });
  }

  #tell(): string[] {
    const { config } = this.#ctx.project;
    return this.#changes.map((change) => {
      this.#ctx.record({ event: "port_changed", ...change });
      const referring = new Set(tasksReferringTo(change.task, config));
      const stale = config.tasks.filter(
        (task) => referring.has(task.name) && !this.#launched.has(task.name) && this.#isUp(task),
      );
      return changeWarning(
        change,
        stale.map(({ name }) => name),
      );
    });
  }

  #isUp = (task: Task): boolean => readProcessState(this.#ctx, task).process.kind === "alive";
}

/** A listener that is not looked for, that has gone again, or that can't be seen. */
const ANOTHER = "another process";

function isSame(one: ChosenPorts, other: ChosenPorts): boolean {
  const names = Object.keys(one);
  const isEqual = (name: string) => chosenOf(one, name) === chosenOf(other, name);
  return names.length === Object.keys(other).length && names.every(isEqual);
}
