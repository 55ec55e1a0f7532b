import type { ApiCommand } from "../domain/api-params.ts";
import type { ApiError, ApiPush } from "../domain/results-api.ts";
import { delayBefore } from "./backoff.ts";

/** A reply's own keys are those of its command. */
export type Reply = Record<string, unknown> & { success?: boolean };

export interface Told {
  opened(): void;
  /** There is no connection; the next attempt is at `retryAt`, in epoch ms. */
  lost(retryAt: number): void;
  pushed(message: ApiPush): void;
}

/** Milliseconds between two signs of life, and how long one may take. */
const PULSE = 15_000;
const PULSE_LIMIT = 10_000;

export const LOST: ApiError = {
  success: false,
  error: "The connection was lost before an answer came",
  error_code: "E900",
  hint: "Whether it was done shows once the daemon is back.",
};

/** The WebSocket to the daemon: it is made anew whenever it ends, at growing intervals. */
export class Connection {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private lastId = 0;
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private retry: ReturnType<typeof setTimeout> | undefined;
  private pulse: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly address: string,
    private readonly told: Told,
  ) {}

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Connects now, if there is no connection. */
  open(): void {
    if (this.socket !== null) return;
    clearTimeout(this.retry);
    const socket = new WebSocket(this.address);
    this.socket = socket;
    const limit = setTimeout(() => this.ended(socket), PULSE_LIMIT);
    socket.addEventListener("open", () => {
      clearTimeout(limit);
      this.attempts = 0;
      this.beat(socket);
      this.told.opened();
    });
    socket.addEventListener("message", ({ data }) => this.received(String(data)));
    socket.addEventListener("close", () => {
      clearTimeout(limit);
      this.ended(socket);
    });
  }

  /** Always answered: with `LOST` where the connection ends before. */
  ask(command: ApiCommand, params: object = {}): Promise<Reply> {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve({ ...LOST });
    const id = ++this.lastId;
    socket.send(JSON.stringify({ command, params, id }));
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  private received(text: string): void {
    const message = JSON.parse(text) as Reply & { id?: number };
    if (message.id === undefined) {
      if ("type" in message) this.told.pushed(message as unknown as ApiPush);
      return;
    }
    this.waiting.get(message.id)?.(message);
    this.waiting.delete(message.id);
  }

  /** A machine that slept, or a cable that was pulled, ends no connection: silence has to. */
  private beat(socket: WebSocket): void {
    this.pulse = setTimeout(() => {
      this.pulse = setTimeout(() => this.ended(socket), PULSE_LIMIT);
      void this.ask("ping").then(() => {
        if (this.socket !== socket) return;
        clearTimeout(this.pulse);
        this.beat(socket);
      });
    }, PULSE);
  }

  private ended(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = null;
    socket.close();
    clearTimeout(this.pulse);
    const delay = delayBefore(++this.attempts, Math.random());
    this.retry = setTimeout(() => this.open(), delay);
    for (const resolve of this.waiting.values()) resolve({ ...LOST });
    this.waiting.clear();
    this.told.lost(Date.now() + delay);
  }
}
