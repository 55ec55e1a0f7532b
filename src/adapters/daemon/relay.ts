import type { Socket } from "bun";

/** One end of a relay: the data that waits to be written to it, and its state. */
interface Side {
  socket: Socket<unknown>;
  rest: Uint8Array[];
  hasClosed: boolean;
}

/**
 * Relays bytes between two sockets with back pressure: when one end can't take more, the other end is paused. When one end
 * closes, the other is closed after its pending data was written.
 */
export class Relay {
  readonly #outer: Side;
  readonly #inner: Side;

  constructor(outer: Socket<unknown>, inner: Socket<unknown>) {
    this.#outer = { socket: outer, rest: [], hasClosed: false };
    this.#inner = { socket: inner, rest: [], hasClosed: false };
  }

  /** Bytes have arrived from one end. */
  pass(from: Socket<unknown>, bytes: Uint8Array): void {
    const [source, target] = this.#from(from);
    if (target.rest.length > 0) return void target.rest.push(bytes);
    const written = Math.max(0, target.socket.write(bytes));
    if (written === bytes.length) return;
    target.rest.push(bytes.subarray(written));
    source.socket.pause();
  }

  /** One end can take bytes again. */
  drained(socket: Socket<unknown>): void {
    const [target, source] = this.#from(socket);
    while (target.rest.length > 0) {
      const first = target.rest[0]!;
      const written = Math.max(0, target.socket.write(first));
      if (written < first.length) {
        target.rest[0] = first.subarray(written);
        return;
      }
      target.rest.shift();
    }
    if (source.hasClosed) target.socket.end();
    else source.socket.resume();
  }

  /** One end has closed. */
  closed(socket: Socket<unknown>): void {
    const [source, target] = this.#from(socket);
    source.hasClosed = true;
    if (target.rest.length === 0) target.socket.end();
  }

  #from(socket: Socket<unknown>): [Side, Side] {
    return socket === this.#outer.socket ? [this.#outer, this.#inner] : [this.#inner, this.#outer];
  }
}
