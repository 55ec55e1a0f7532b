import type { ProcessIdentity } from "../adapters/processes.ts";
import type { SignalName } from "../domain/results.ts";
import type { Task } from "../domain/config.ts";
import type { Happening } from "../domain/events.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import {
  type Listener,
  ownershipOf,
  type PortClaim,
  type PortHolder,
} from "../domain/port-owner.ts";

/** What the cleanup of a port touches. */
export interface PortContext {
  state: { readonly scope: string };
  ports: {
    listeners(port: number): Promise<Listener[]>;
    /** This user's id. */
    readonly uid: number;
  };
  signals: { send(process: ProcessIdentity, signal: SignalName): void };
  record(happening: Happening): void;
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** A process that was listening, and was ended. */
export interface Freed {
  port: number;
  pid: number;
  command: string;
}

/** After SIGTERM (contract, section 4), and after SIGKILL, ms. */
const TERM_PERIOD = 2000;
const KILL_PERIOD = 2000;

/** How often the port is looked at, ms. */
const FIRST_LOOK = 5;
const LONGEST_PAUSE = 50;

/** Who seems to own the port may be about to let go of it: looked at again after so long, ms. */
const SECOND_LOOK = 50;

/**
 * Frees a task's port before its launch: ends the orphans that listen on it, with `force` whoever does, and returns as
 * soon as nobody does. Each is an event and a warning. E220 where somebody's is among them: then none is ended.
 */
export async function freePort(
  ctx: PortContext,
  task: Pick<Task, "name" | "port">,
  { force }: { force: boolean },
): Promise<{ freed: Freed[]; warnings: string[] } | Failure> {
  const { port } = task;
  if (port === null) return { freed: [], warnings: [] };
  const clearing = new Clearing(ctx, task.name, port, force);
  const failure = await clearing.run();
  const { freed } = clearing;
  for (const one of freed) ctx.record({ event: "port_freed", task: task.name, ...one });
  return failure ?? { freed, warnings: freed.map(warningOf) };
}

const warningOf = ({ port, pid, command }: Freed): string =>
  `Port ${port} was held by pid ${pid} (${command}), which was ended`;

class Clearing {
  readonly #ended = new Map<string, PortHolder>();
  /** What was signalled and listens no more. */
  freed: Freed[] = [];

  constructor(
    private readonly ctx: PortContext,
    private readonly task: string,
    private readonly port: number,
    private readonly force: boolean,
  ) {}

  async run(): Promise<Failure | null> {
    const first = await this.#look();
    // Whoever is about to go needs no harm done, and is no reason to fail.
    if (isFailure(first)) await this.ctx.sleep(SECOND_LOOK);
    const holders = isFailure(first) ? await this.#look() : first;
    if (isFailure(holders) || holders.length === 0) return isFailure(holders) ? holders : null;
    const left = await this.#end(holders, "SIGTERM", TERM_PERIOD);
    if (isFailure(left) || left.length === 0) return isFailure(left) ? left : null;
    const alive = await this.#end(left, "SIGKILL", KILL_PERIOD);
    if (isFailure(alive)) return alive;
    return alive.length === 0 ? null : this.#held(alive[0]!, "which can't be ended");
  }

  /** Who listens; E220 if one of them isn't to be ended. */
  async #look(): Promise<PortHolder[] | Failure> {
    const found = await this.ctx.ports.listeners(this.port);
    this.#note(found);
    const claim: PortClaim = {
      scope: this.ctx.state.scope,
      task: this.task,
      uid: this.ctx.ports.uid,
    };
    for (const listener of found) {
      // One that was signalled may have lost its parent, or its environment, on its way out.
      if (listener.holder && this.#ended.has(identity(listener.holder))) continue;
      const ownership = ownershipOf(listener, claim, found);
      if (ownership.kind === "orphan" || (this.force && !ownership.isFixed)) continue;
      return this.#held(listener.holder, `which belongs to ${ownership.owner}`);
    }
    return found.flatMap(({ holder }) => holder ?? []);
  }

  #note(found: readonly Listener[]): void {
    const still = new Set(found.flatMap(({ holder }) => (holder ? [identity(holder)] : [])));
    const gone = [...this.#ended].filter(([key]) => !still.has(key));
    this.freed = gone.map(([, { pid, command }]) => ({ port: this.port, pid, command }));
  }

  /** Signals each once, those that come meanwhile too, until nobody listens; who is left when `period` ms are over. */
  async #end(holders: PortHolder[], signal: SignalName, period: number) {
    const deadline = this.ctx.now() + period;
    const signalled = new Set<string>();
    let left: PortHolder[] | Failure = holders;
    for (let pause = FIRST_LOOK; ; pause = Math.min(pause * 1.4, LONGEST_PAUSE)) {
      for (const holder of left) this.#signal(holder, signal, signalled);
      await this.ctx.sleep(pause);
      left = await this.#look();
      if (isFailure(left) || left.length === 0 || this.ctx.now() >= deadline) return left;
    }
  }

  #signal(holder: PortHolder, signal: SignalName, signalled: Set<string>): void {
    const key = identity(holder);
    if (!signalled.has(key)) this.ctx.signals.send(holder, signal);
    signalled.add(key);
    this.#ended.set(key, holder);
  }

  #held(holder: PortHolder | null, whose: string): Failure {
    const { port, task } = this;
    const who = holder === null ? "a process" : `pid ${holder.pid} (${holder.command})`;
    const message = `Port ${port} of task '${task}' is held by ${who}, ${whose}`;
    const canForce = !this.force && holder !== null;
    const force = canForce ? `, or let taskmux do it: taskmux start ${task} --force-port` : "";
    return new Failure("E220", message, `End it yourself${force}`);
  }
}

const identity = ({ pid, startTime }: ProcessIdentity): string => `${pid} ${startTime}`;
