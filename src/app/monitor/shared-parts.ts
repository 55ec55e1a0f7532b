import type { Context } from "../context.ts";
import type { SessionView } from "../tasks/session-view.ts";
import type { Mailbox } from "./mailbox.ts";
import type { SessionPresence } from "./session-presence.ts";
import type { SteadyClock } from "./steady-clock.ts";

/** Callbacks of a monitor. */
export interface MonitorListener {
  /** A task may have changed. */
  taskChanged?(): void;
  /** A health check has ended. */
  checkEnded?(): void;
}

/** The parts that the monitors of a session's tasks share. */
export interface SharedParts {
  /** Of the current config. */
  ctx: Context;
  /** Of that context. */
  view: SessionView;
  /** For all deadlines and intervals; records use the wall clock. */
  readonly clock: SteadyClock;
  readonly mail: Mailbox;
  readonly session: SessionPresence;
  readonly listener: MonitorListener;
  /** Runs an act that launches a task, while its monitor leaves it alone; not at all if its monitor is acting on it. */
  act(task: string, act: () => Promise<void>): Promise<void>;
}
