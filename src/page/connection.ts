import type { ApiCommand } from "../domain/api/params.ts";
import type { ApiError, ApiPush } from "../domain/api/messages.ts";
import { delayBefore } from "./backoff.ts";

/** A reply; its other keys are those of its command. */
export type Reply = Record<string, unknown> & { success?: boolean };

export interface ConnectionListener {
  opened(): void;
  /** The connection is lost; the next attempt is at `retryAt`, epoch ms. */
  lost(retryAt: number): void;
  pushed(message: ApiPush): void;
}

/** Period of the heartbeat, and how long to wait for its reply, ms. */
const HEARTBEAT_PERIOD = 15_000;
const HEARTBEAT_TIMEOUT = 10_000;

export const LOST: ApiError = {
  success: false,
  error: "The connection was lost before the reply arrived",
  error_code: "E900",
  hint: "The page shows whether it was done once the daemon is back.",
};

/** The WebSocket to the daemon. Reconnects whenever it closes, at growing intervals. */
export class Connection {
  #socket: WebSocket | null = null;
  #attempts = 0;
  #lastId = 0;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setTimeout> | undefined;
  readonly #address: string;
  readonly #listener: ConnectionListener;

  constructor(address: string, listener: ConnectionListener) {
    this.#address = address;
    this.#listener = listener;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Connects now, unless connected. */
  open(): void {
    if (this.#socket !== null) return;
    clearTimeout(this.#retry);
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    const limit = setTimeout(() => this.#ended(socket), HEARTBEAT_TIMEOUT);
    socket.addEventListener("open", () => {
      clearTimeout(limit);
      this.#attempts = 0;
      this.#watchHeartbeat(socket);
      this.#listener.opened();
    });
    socket.addEventListener("message", ({ data }) => this.#received(String(data)));
    socket.addEventListener("close", () => {
      clearTimeout(limit);
      this.#ended(socket);
    });
  }

  /** Sends a command. Always resolves: with `LOST` if the connection closes before the reply. */
  ask(command: ApiCommand, params: object = {}): Promise<Reply> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve({ ...LOST });
    const id = ++this.#lastId;
    socket.send(JSON.stringify({ command, params, id }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  #received(text: string): void {
    const message = JSON.parse(text) as Reply & { id?: number };
    if (message.id === undefined) {
      if ("type" in message) this.#listener.pushed(message as unknown as ApiPush);
      return;
    }
    this.#waiting.get(message.id)?.(message);
    this.#waiting.delete(message.id);
  }

  /** Closes a silent connection: after sleep or a pulled cable, no close event comes. */
  #watchHeartbeat(socket: WebSocket): void {
    this.#heartbeat = setTimeout(() => {
      this.#heartbeat = setTimeout(() => this.#ended(socket), HEARTBEAT_TIMEOUT);
      void this.ask("ping").then(() => {
        if (this.#socket !== socket) return;
        clearTimeout(this.#heartbeat);
        this.#watchHeartbeat(socket);
      });
    }, HEARTBEAT_PERIOD);
  }

  #ended(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    socket.close();
    clearTimeout(this.#heartbeat);
    const delay = delayBefore(++this.#attempts, Math.random());
    this.#retry = setTimeout(() => this.open(), delay);
    for (const resolve of this.#waiting.values()) resolve({ ...LOST });
    this.#waiting.clear();
    this.#listener.lost(Date.now() + delay);
  }
}
