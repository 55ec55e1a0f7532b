import type { ApiError } from "../domain/api/messages.ts";
import type { Connection } from "./connection.ts";
import { change, find, write } from "./dom.ts";
import { sentences } from "./words.ts";

const STOP = "Stop all";
const SURE = "Stop all tasks?";

/** The buttons that start and stop all tasks. A stop asks for a second press. */
export class AllTasks {
  readonly #start = find("start-all", "button");
  readonly #stop = find("stop-all", "button");
  readonly #failure = find("all-failure", "p");
  readonly #connection: Connection;
  #isConnected = false;
  #isBusy = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#start.addEventListener("click", () => void this.#act("start"));
    this.#stop.addEventListener("click", () => {
      if (this.#stop.textContent === SURE) void this.#act("stop");
      else write(this.#stop, SURE);
    });
    this.#stop.addEventListener("blur", () => write(this.#stop, STOP));
  }

  show(isConnected: boolean): void {
    this.#isConnected = isConnected;
    for (const button of [this.#start, this.#stop])
      button.disabled = !this.#isConnected || this.#isBusy;
  }

  async #act(verb: "start" | "stop"): Promise<void> {
    const button = verb === "start" ? this.#start : this.#stop;
    this.#isBusy = true;
    write(this.#failure, "");
    write(this.#stop, STOP);
    change(button, "aria-busy", "true");
    this.show(this.#isConnected);
    const reply = await this.#connection.ask(verb);
    this.#isBusy = false;
    change(button, "aria-busy", null);
    this.show(this.#isConnected);
    if (reply.success === false) write(this.#failure, sentences(reply as unknown as ApiError));
  }
}
