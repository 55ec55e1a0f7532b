import type { MemberScan } from "../../adapters/processes/members.ts";
import type { TaskMarks } from "../../adapters/processes/task-members.ts";
import type { Project } from "../../domain/config/config.ts";
import type { EventBody } from "../../domain/events.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import {
  describeHolder,
  hintOf,
  identityOf,
  isOfTask,
  type Listener,
  type Ownership,
  ownershipOf,
  type PortClaim,
  type PortHolder,
} from "../../domain/tasks/port-owner.ts";
import type { SignalName } from "../../domain/tasks/lifecycle.ts";
import type { ProcessIdentity } from "../../adapters/processes/table.ts";
import { growingPauses } from "../../domain/values/pauses.ts";

/** The dependencies of port cleanup. */
export interface PortContext {
  project: Pick<Project, "checkout">;
  ports: {
    listeners(port: number): Promise<Listener[]>;
    /** This user's id. */
    readonly uid: number;
  };
  scan: Pick<MemberScan, "members">;
  signals: { send(process: ProcessIdentity, signal: SignalName): void };
  record(event: EventBody): void;
  monotonic(): number;
  sleep(ms: number): Promise<void>;
}

/** A task, and the port that it has. */
export interface PortTask {
  name: string;
  port: number | null;
}

/** A process that was listening, and was ended. */
export interface Freed {
  port: number;
  pid: number;
  command: string;
}

/** Time limits after SIGTERM and after SIGKILL, ms. */
const TERM_PERIOD = 2000;
const KILL_PERIOD = 2000;

/** Pause before the port is checked again, ms. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 50;

/** The listener may be about to end: it is checked again after this time, ms. */
const SECOND_LOOK = 50;

/** `force`: also end a listener that has an owner, if it is this user's. `marks` identify the task's processes. */
export interface Freeing {
  force: boolean;
  marks: TaskMarks;
  /** Tasks that are stopped before the launch: their ports will be free. */
  ending?: readonly TaskMarks[];
  /** Only end the task's own processes; leave other listeners. */
  isOwnOnly?: boolean;
}

/**
 * Frees a task's port before its launch: ends this project's orphans that listen on it, and returns as soon as the port is
 * free. Each one is recorded as an event and reported as a warning. E220 if another owner's process listens too: then none
 * is ended.
 */
export async function freePort(
  ctx: PortContext,
  task: PortTask,
  freeing: Freeing,
): Promise<{ freed: Freed[]; warnings: string[] } | Failure> {
  const { port } = task;
  if (port === null) return { freed: [], warnings: [] };
  const clearing = new Clearing(ctx, task.name, port, freeing);
  const failure = await clearing.run();
  const { freed } = clearing;
  for (const one of freed) ctx.record({ event: "port_freed", task: task.name, ...one });
  return failure ?? { freed, warnings: freed.map(warningOf) };
}

/** Why a task's port could not be freed for its launch, checked without ending anything: E220, or null. */
export async function portRefusal(
  ctx: PortContext,
  { name, port }: PortTask,
  freeing: Freeing,
): Promise<Failure | null> {
  if (port === null) return null;
  const found = await new Clearing(ctx, name, port, freeing).lookTwice();
  return isFailure(found) ? found : null;
}

const warningOf = ({ port, pid, command }: Freed): string =>
  `Port ${port} was held by pid ${pid} (${command}), which was ended`;

class Clearing {
  readonly #ended = new Map<string, PortHolder>();
  /** Processes that were signalled and no longer listen. */
  freed: Freed[] = [];
  readonly #ctx: PortContext;
  readonly #task: string;
  readonly #port: number;
  readonly #freeing: Freeing;

  constructor(ctx: PortContext, task: string, port: number, freeing: Freeing) {
    this.#ctx = ctx;
    this.#task = task;
    this.#port = port;
    this.#freeing = freeing;
  }

  async run(): Promise<Failure | null> {
    const holders = await this.lookTwice();
    if (isFailure(holders) || holders.length === 0) return isFailure(holders) ? holders : null;
    const left = await this.#end(holders, "SIGTERM", TERM_PERIOD);
    if (isFailure(left) || left.length === 0) return isFailure(left) ? left : null;
    const alive = await this.#end(left, "SIGKILL", KILL_PERIOD);
    if (isFailure(alive)) return alive;
    return alive.length === 0 ? null : this.#unkillable(alive[0]!);
  }

  /** Like `#look`, but a process that is about to end is neither ended nor a failure. */
  async lookTwice(): Promise<PortHolder[] | Failure> {
    const first = await this.#look();
    if (!isFailure(first)) return first;
    await this.#ctx.sleep(SECOND_LOOK);
    return this.#look();
  }

  /** The listeners; E220 if one of them must not be ended. */
  async #look(): Promise<PortHolder[] | Failure> {
    const found = await this.#ctx.ports.listeners(this.#port);
    this.#note(found);
    if (found.length === 0) return [];
    const { force, marks, ending = [] } = this.#freeing;
    const claim = await claimOf(this.#ctx, marks);
    if (this.#freeing.isOwnOnly) return ownAmong(found, claim);
    const others = await Promise.all(ending.map((task) => claimOf(this.#ctx, task)));
    for (const listener of found) {
      const { holder } = listener;
      if (holder && others.some((other) => isOfTask(holder, other))) continue;
      // A signalled process may have lost its parent or its environment while ending.
      if (holder && this.#ended.has(identityOf(holder))) continue;
      const ownership = ownershipOf(listener, claim, found);
      if (ownership.kind === "orphan" || (force && !ownership.isFixed)) continue;
      return this.#held(listener, ownership, claim);
    }
    return found.flatMap(({ holder }) => holder ?? []);
  }

  #note(found: readonly Listener[]): void {
    const still = new Set(found.flatMap(({ holder }) => (holder ? [identityOf(holder)] : [])));
    const gone = [...this.#ended].filter(([key]) => !still.has(key));
    this.freed = gone.map(([, { pid, command }]) => ({ port: this.#port, pid, command }));
  }

  /** Signals each listener once, including new ones, until none is left; returns those left after `period` ms. */
  async #end(holders: PortHolder[], signal: SignalName, period: number) {
    const deadline = this.#ctx.monotonic() + period;
    const signalled = new Set<string>();
    let left: PortHolder[] | Failure = holders;
    const pause = growingPauses(FIRST_PAUSE, LONGEST_PAUSE);
    for (;;) {
      for (const holder of left) this.#signal(holder, signal, signalled);
      await this.#ctx.sleep(pause());
      left = await this.#look();
      if (isFailure(left) || left.length === 0 || this.#ctx.monotonic() >= deadline) return left;
    }
  }

  #signal(holder: PortHolder, signal: SignalName, signalled: Set<string>): void {
    const key = identityOf(holder);
    if (!signalled.has(key)) this.#ctx.signals.send(holder, signal);
    signalled.add(key);
    this.#ended.set(key, holder);
  }

  #held(listener: Listener, ownership: Ownership & { kind: "owned" }, claim: PortClaim): Failure {
    const who = describeHolder(listener.holder);
    const message = `Port ${this.#port} of task '${this.#task}' is held by ${who}, which belongs to ${ownership.owner}`;
    return new Failure("E220", message, hintOf(listener, ownership, claim, this.#port));
  }

  #unkillable(holder: PortHolder): Failure {
    const who = describeHolder(holder);
    const message = `Port ${this.#port} of task '${this.#task}' is held by ${who}, which can't be ended`;
    return new Failure("E220", message, "Stop it yourself");
  }
}

const ownAmong = (found: readonly Listener[], claim: PortClaim): PortHolder[] =>
  found.flatMap(({ holder }) =>
    holder !== null && isOfTask(holder, claim) && !holder.isOurAncestor ? holder : [],
  );

/** The task that claims a port, identified by `marks`. */
export async function claimOf(
  ctx: Pick<PortContext, "project" | "ports" | "scan">,
  marks: TaskMarks,
): Promise<PortClaim> {
  const members = await ctx.scan.members(marks);
  const { scope, task } = marks;
  const repository = ctx.project.checkout?.repository ?? null;
  const own = { scope, task, repository, uid: ctx.ports.uid };
  return { ...own, members: new Set(members.map(identityOf)) };
}
