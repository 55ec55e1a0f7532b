import { join } from "node:path";
import type { Project } from "../../domain/config/config.ts";
import { Addresses, type ChosenPorts } from "../../domain/ports/addresses.ts";
import type { Reservation } from "../../domain/ports/choice.ts";
import { isFlexible } from "../../domain/ports/setting.ts";
import type { Listener } from "../../domain/tasks/port-owner.ts";
import { holdFileLock } from "../system/file-lock.ts";
import { runDirectory, stateHome } from "../system/paths.ts";
import { PortRecord } from "./record.ts";

/** What is needed to choose ports, while no other process does. */
export interface Choosing {
  /** Whether a server of this user can listen on a port now. */
  canBind(port: number): boolean;
  /** A task of another session that needs the port; null if none does. */
  reservation(port: number): Reservation | null;
  /** Records the chosen ports of all tasks. Throws errors of the file system. */
  record(ports: ChosenPorts): void;
}

/** The ports and URLs of a session's tasks. */
export class SessionPorts {
  /** This user's id. */
  readonly uid = process.geteuid?.() ?? -1;
  readonly #project: Project;
  readonly #record: PortRecord;
  readonly #isOwn: () => boolean;
  readonly #notice: (sentence: string) => void;
  readonly #hasChosen: boolean;
  #made: { chosen: ChosenPorts; addresses: Addresses } | null = null;

  /** `isOwn`: whether the session's records belong to this project; `notice` reports a long wait. */
  constructor(project: Project, isOwn: () => boolean, notice: (sentence: string) => void) {
    this.#project = project;
    this.#isOwn = isOwn;
    this.#notice = notice;
    this.#record = new PortRecord(runDirectory(project.session));
    this.#hasChosen = project.config.tasks.some(isFlexible);
  }

  /** The ports that starts have chosen; nothing is read if the config has none to choose. */
  get chosen(): ChosenPorts {
    return this.#hasChosen && this.#isOwn() ? this.#record.ports : NONE;
  }

  /** The addresses of the tasks, with the ports that are chosen now. */
  get addresses(): Addresses {
    const { chosen } = this;
    if (this.#made?.chosen === chosen) return this.#made.addresses;
    const { config, session, checkout } = this.#project;
    const place = { session, worktree: checkout?.worktree?.id ?? "" };
    const addresses = new Addresses(config, place, chosen);
    this.#made = { chosen, addresses };
    return addresses;
  }

  /** The processes that listen on a TCP port. */
  async listeners(port: number): Promise<Listener[]> {
    return (await import("./listeners.ts")).listeners(port, this.#project.directory);
  }

  /** The TCP ports on which any of these processes listens, in ascending order. */
  async portsOf(pids: readonly number[]): Promise<number[]> {
    return (await import("./process-ports.ts")).portsOf(pids);
  }

  /** The same for each process, by pid; those that listen nowhere are missing. */
  async portsByProcess(pids: readonly number[]): Promise<Map<number, number[]>> {
    return (await import("./process-ports.ts")).portsByProcess(pids);
  }

  /** Whether a server of this user can listen on a port now. */
  async canBind(port: number): Promise<boolean> {
    return (await import("./bind.ts")).canBind(port);
  }

  /** Runs `act` while no other process of this user chooses ports. */
  async choose<T>(act: (choosing: Choosing) => Promise<T>): Promise<T> {
    const [{ canBind }, { othersReservations }] = await Promise.all([
      import("./bind.ts"),
      import("./reservations.ts"),
    ]);
    const choosing = () =>
      act({
        canBind,
        reservation: othersReservations(this.#project.session),
        record: (ports) => this.#record.set(ports),
      });
    const onWait = () => this.#notice("Waiting for another taskmux process that chooses ports");
    return holdFileLock(join(stateHome(), "ports.lock"), choosing, onWait);
  }
}

const NONE: ChosenPorts = {};
