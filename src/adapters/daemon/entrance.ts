import { chmodSync, rmSync } from "node:fs";
import type { Socket, TCPSocketListener } from "bun";
import type { Bounds } from "../../domain/api/admission.ts";
import { isLoopback, type ApiRefusal, refusedUser } from "../../domain/api/access.ts";
import { peerUser } from "./peer.ts";
import { Relay } from "./relay.ts";

export interface EntranceOptions {
  /** An address. */
  host: string;
  /** 0: any free port. */
  port: number;
  /** The user whose connections are accepted, besides root's. */
  uid: number;
  bounds: Bounds;
  /** The unix socket of the HTTP server behind. */
  server: string;
  /** The HTTP response for a refused connection. */
  refuse(refusal: ApiRefusal): string;
}

/** How long to wait for clients to read the last messages at the end, ms. */
const CLOSE_TIMEOUT = 1000;

/** Seconds for a refused client to read the response. */
const REFUSAL_TIMEOUT = 5;

type Stage =
  /** Its user isn't known yet; nothing is read from it. */
  | { kind: "judged" }
  /** Answered when its request arrives, then closed. */
  | { kind: "refused"; response: string }
  /** Relayed to the HTTP server. */
  | { kind: "relayed"; relay: Relay };

interface Connection {
  stage: Stage;
}

/**
 * The port that the API listens on. Bun's HTTP server accepts any number of connections, and each takes a descriptor. So
 * connections are accepted and counted here, and the user is checked before anything is read; only then the connection is
 * relayed to the server. Beyond a bound the oldest connection that is not a WebSocket is closed.
 */
export class Entrance {
  readonly #strangers: Set<Socket<Connection>> = new Set();
  readonly #requests: Set<Socket<Connection>> = new Set();
  readonly #relayed: Set<Socket<Connection>> = new Set();
  readonly #listener: TCPSocketListener<Connection>;
  readonly #options: EntranceOptions;

  /** Throws if it can't listen. */
  constructor(options: EntranceOptions) {
    this.#options = options;
    chmodSync(options.server, 0o600);
    this.#listener = Bun.listen<Connection>({
      hostname: options.host,
      port: options.port,
      socket: {
        open: (socket) => this.#opened(socket),
        data: (socket, bytes) => received(socket, bytes),
        drain: (socket) => relayOf(socket)?.drained(socket),
        close: (socket) => this.#closed(socket),
        timeout: (socket) => socket.terminate(),
        error: (socket) => socket.terminate(),
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** After the server has ended: accepts no more connections, and gives clients a moment to read what was sent. */
  async end(): Promise<void> {
    this.#listener.stop();
    rmSync(this.#options.server, { force: true });
    for (const socket of this.#strangers) socket.terminate();
    const deadline = performance.now() + CLOSE_TIMEOUT;
    while (this.#relayed.size > 0 && performance.now() < deadline) await Bun.sleep(1);
  }

  #opened(socket: Socket<Connection>): void {
    socket.data = { stage: { kind: "judged" } };
    socket.pause();
    admit(this.#strangers, socket, this.#options.bounds.strangers);
    void this.#judge(socket);
  }

  async #judge(socket: Socket<Connection>): Promise<void> {
    const { remoteAddress: address, remotePort: port } = socket;
    const isHere = isLoopback(address);
    const uid = isHere ? await peerUser({ address, port }, this.port) : null;
    if (!this.#strangers.has(socket)) return;
    const refusal = refusedUser(uid, this.#options.uid);
    if (refusal === null) return this.#letIn(socket);
    socket.data.stage = { kind: "refused", response: this.#options.refuse(refusal) };
    socket.timeout(REFUSAL_TIMEOUT);
    socket.resume();
  }

  async #letIn(socket: Socket<Connection>): Promise<void> {
    this.#strangers.delete(socket);
    admit(this.#requests, socket, this.#options.bounds.requests);
    const inner = await this.#connect(socket).catch(() => null);
    if (inner === null) socket.terminate();
  }

  #connect(outer: Socket<Connection>): Promise<Socket<unknown>> {
    return Bun.connect<Relay | null>({
      unix: this.#options.server,
      data: null,
      socket: {
        open: (inner) => {
          inner.data = new Relay(outer, inner);
          if (outer.readyState <= 0) return inner.terminate();
          this.#relayed.add(outer);
          outer.data.stage = { kind: "relayed", relay: inner.data };
          outer.resume();
        },
        data: (inner, bytes) => {
          if (this.#requests.has(outer) && isUpgrade(bytes)) this.#requests.delete(outer);
          inner.data?.pass(inner, bytes);
        },
        drain: (inner) => inner.data?.drained(inner),
        close: (inner) => inner.data?.closed(inner),
        error: (inner) => inner.terminate(),
      },
    });
  }

  #closed(socket: Socket<Connection>): void {
    this.#strangers.delete(socket);
    this.#requests.delete(socket);
    this.#relayed.delete(socket);
    relayOf(socket)?.closed(socket);
  }
}

/** Closes the oldest connection for a new one, so that idle connections can't block clients. */
function admit(to: Set<Socket<Connection>>, socket: Socket<Connection>, most: number): void {
  to.add(socket);
  if (to.size <= most) return;
  const [oldest] = to;
  to.delete(oldest!);
  oldest!.terminate();
}

/** Discards input of a refused client. Once it stops sending, it has read the response. */
function received(socket: Socket<Connection>, bytes: Uint8Array): void {
  const { stage } = socket.data;
  if (stage.kind === "relayed") return stage.relay.pass(socket, bytes);
  if (stage.kind !== "refused" || stage.response === "") return;
  socket.write(stage.response);
  stage.response = "";
  socket.shutdown();
}

const relayOf = ({ data }: Socket<Connection>): Relay | null =>
  data.stage.kind === "relayed" ? data.stage.relay : null;

const UPGRADED = new TextEncoder().encode("HTTP/1.1 101");

const isUpgrade = (bytes: Uint8Array): boolean =>
  UPGRADED.every((byte, index) => bytes[index] === byte);
