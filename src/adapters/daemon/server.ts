import type { Server, ServerWebSocket } from "bun";
import { timingSafeEqual } from "node:crypto";
import { rmSync } from "node:fs";
import { type Bounds, boundsFor } from "../../domain/api/admission.ts";
import { type ErrorCode, Failure } from "../../domain/failure.ts";
import {
  type Caller,
  type Gate,
  isLoopback,
  refusal,
  type ApiRefusal,
} from "../../domain/api/access.ts";
import { Entrance } from "./entrance.ts";
import { type ServedPage, servePage, STRICT_HEADERS } from "./page.ts";
import { descriptorLimit } from "../system/descriptors.ts";
import { listeners } from "../ports/listeners.ts";

/** Maximum length of a WebSocket frame, bytes; a longer one closes the connection with 1009. */
const MOST_FRAME = 1 << 20;

/** Maximum number of unread bytes for a client, not counting the kernel's buffers; a client beyond it is closed. */
const MOST_UNREAD = 1 << 20;

/** Idle time before a client is pinged, seconds. */
const SILENCE = 120;

/** The channel of all clients. */
const EVERYONE = "*";

/** A WebSocket client, for the rest of the daemon. */
export interface ApiClient {
  /** Sends to the client; does nothing if it is gone or doesn't read. */
  send(text: string): void;
  join(channel: string): void;
  leave(channel: string): void;
}

/** The callbacks of the server. They must not throw. */
export interface ApiHandlers {
  opened(client: ApiClient): void;
  /** A text frame; null: a binary one. */
  received(client: ApiClient, text: string | null): void;
  closed(client: ApiClient): void;
}

export interface ApiServerOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  token: string | null;
  /** The user that the daemon runs as. */
  uid: number;
  /** The path of the server's unix socket, in a directory that only this user can open. */
  socket: string;
  /** The JSON reply to `GET /healthz`. */
  healthz: object;
  page: ServedPage;
  handlers: ApiHandlers;
}

export interface ApiServer {
  host: string;
  port: number;
  /** The address of the page. */
  url: string;
  /** Sends to all clients of a channel. */
  publish(channel: string, text: string): void;
  /** Sends to every client. */
  broadcast(text: string): void;
  /** The number of clients. */
  clients(): number;
  /** Closes every connection, with 1001. */
  end(): Promise<void>;
}

interface Data {
  client: ApiClient | null;
}

/** Starts the API. E700 if the port is in use, E500 if it can't listen on the address. */
export async function serveApi(options: ApiServerOptions): Promise<ApiServer | Failure> {
  const { host, token } = options;
  if (token === null && !isLoopback(host)) return tokenNeeded(host);
  if (token === "") return new Failure("E500", "The token is empty", "Leave it out, or choose one");
  const handler = new RequestHandler(options, boundsFor(descriptorLimit()));
  try {
    return handler.open();
  } catch (error) {
    return listenFailure(error, options);
  }
}

const tokenNeeded = (host: string): Failure =>
  new Failure(
    "E500",
    `--host ${host} allows other machines to connect: that requires a token`,
    "Set TASKMUX_TOKEN, or use --token.",
  );

async function listenFailure(error: unknown, { host, port }: ApiServerOptions): Promise<Failure> {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "EADDRINUSE") {
    return new Failure("E500", `The API can't listen on ${host} port ${port}: ${message}`);
  }
  const [first] = await listeners(port, null);
  const holder = first?.holder;
  const who = holder ? `pid ${holder.pid}: ${holder.command}` : "a process of another user";
  const by = first === undefined ? "" : ` by ${who}`;
  return new Failure(
    "E700",
    `Port ${port} is in use${by}`,
    "Choose another: --port PORT, 0 for any",
  );
}

const urlOf = (host: string, port: number): string =>
  `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}/`;

function apiServer(server: Server<Data>, entrance: Entrance, host: string): ApiServer {
  const { port } = entrance;
  return {
    host,
    port,
    url: urlOf(host, port),
    publish: (channel, text) => void server.publish(channel, text, false),
    broadcast: (text) => void server.publish(EVERYONE, text, false),
    clients: () => server.pendingWebSockets,
    end: async () => {
      await server.stop(true);
      await entrance.end();
    },
  };
}

/** Handles requests and WebSockets. */
class RequestHandler {
  readonly #secret: Buffer | null;
  #port = 0;
  readonly #options: ApiServerOptions;
  readonly #bounds: Bounds;

  constructor(options: ApiServerOptions, bounds: Bounds) {
    this.#options = options;
    this.#bounds = bounds;
    this.#secret = options.token === null ? null : digest(options.token);
  }

  /** Throws if it can't listen. */
  open(): ApiServer {
    const { host, port, uid, socket } = this.#options;
    rmSync(socket, { force: true });
    const server = this.#serve();
    try {
      // `localhost` could resolve to another address than the rules are for.
      const address = host === "localhost" ? "127.0.0.1" : host.replace(/^\[(.*)\]$/, "$1");
      const bounds = this.#bounds;
      const refuse = (refusal: ApiRefusal) => refusedResponse(refusal);
      const entrance = new Entrance({ host: address, port, uid, bounds, server: socket, refuse });
      this.#port = entrance.port;
      return apiServer(server, entrance, host);
    } catch (error) {
      void server.stop(true);
      rmSync(socket, { force: true });
      throw error;
    }
  }

  #serve(): Server<Data> {
    const { handlers, socket: unix } = this.#options;
    return Bun.serve<Data>({
      unix,
      development: false,
      maxRequestBodySize: 1024,
      fetch: (request, server) => this.#answer(request, server),
      error: () => jsonError(500, "E900", "Internal error"),
      websocket: {
        data: {} as Data,
        maxPayloadLength: MOST_FRAME,
        backpressureLimit: MOST_UNREAD,
        closeOnBackpressureLimit: true,
        idleTimeout: SILENCE,
        open: (socket) => {
          const client = (socket.data.client = clientOf(socket));
          client.join(EVERYONE);
          handlers.opened(client);
        },
        message: (socket, message) =>
          handlers.received(socket.data.client!, typeof message === "string" ? message : null),
        close: (socket) => {
          if (socket.data.client) handlers.closed(socket.data.client);
        },
        // If a handler throws, only the connection ends, not the daemon.
        error: (_error, socket) => socket.close(1011, "Internal error"),
      },
    });
  }

  #answer(request: Request, server: Server<Data>): Response | undefined {
    const refused = this.#refusal(request);
    if (refused !== null) return jsonError(refused.status, "E702", refused.message, refused.hint);
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      return this.#upgrade(request, server);
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return jsonError(
        405,
        "E500",
        `${request.method} is not supported`,
        "GET, HEAD, or a WebSocket",
      );
    }
    return this.#page(request);
  }

  #upgrade(request: Request, server: Server<Data>): Response | undefined {
    const { clients } = this.#bounds;
    if (server.pendingWebSockets >= clients) {
      return jsonError(
        503,
        "E703",
        `The maximum of ${clients} clients is connected`,
        "Close one of them.",
      );
    }
    if (server.upgrade(request, { data: { client: null } })) return undefined;
    return jsonError(400, "E500", "This is not a WebSocket handshake");
  }

  #page(request: Request): Response {
    const path = pathOf(request);
    if (path === "/healthz")
      return Response.json(this.#options.healthz, { headers: STRICT_HEADERS });
    if (path === "/") return servePage(this.#options.page, request.headers.get("host") ?? "");
    return jsonError(
      404,
      "E500",
      "Not found",
      "There are /, /healthz, and a WebSocket at any path.",
    );
  }

  #refusal(request: Request): ApiRefusal | null {
    const gate: Gate = {
      host: this.#options.host,
      port: this.#port,
      asksToken: this.#secret !== null,
    };
    const caller: Caller = {
      host: request.headers.get("host"),
      origin: request.headers.get("origin"),
      token: this.#judge(tokenOf(request)),
    };
    return refusal(caller, gate);
  }

  /** Compares in constant time. */
  #judge(token: string | null): Caller["token"] {
    if (token === null || this.#secret === null) return "none";
    return timingSafeEqual(digest(token), this.#secret) ? "right" : "wrong";
  }
}

const digest = (text: string): Buffer => new Bun.CryptoHasher("sha256").update(text).digest();

function tokenOf(request: Request): string | null {
  const bearer = /^Bearer +(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const query = request.url.slice(request.url.indexOf("?") + 1);
  return bearer ?? (request.url.includes("?") ? new URLSearchParams(query).get("token") : null);
}

/** The path of a request. The Host header isn't used, because the client controls it. */
const pathOf = (request: Request): string =>
  /^[a-z]+:\/\/[^/]*(\/[^?#]*)/i.exec(request.url)?.[1] ?? "/";

/** A refusal as bytes, for a connection whose request isn't parsed. */
function refusedResponse({ message, hint }: ApiRefusal): string {
  const body = JSON.stringify({ ok: false, error: message, hint, error_code: "E702" });
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  const lines = Object.entries({ ...headers, ...STRICT_HEADERS, Connection: "close" });
  const head = lines.map(([name, value]) => `${name}: ${value}`).join("\r\n");
  return `HTTP/1.1 403 Forbidden\r\n${head}\r\n\r\n${body}`;
}

function jsonError(status: number, code: ErrorCode, error: string, hint?: string): Response {
  const headers = new Headers(STRICT_HEADERS);
  if (status === 401) headers.set("WWW-Authenticate", 'Bearer realm="taskmux"');
  if (status === 405) headers.set("Allow", "GET, HEAD");
  const body = { ok: false, error, error_code: code, ...(hint === undefined ? {} : { hint }) };
  return Response.json(body, { status, headers });
}

/** A failed send needs no handling: a client that doesn't read is closed by the limit of unread bytes. */
const clientOf = (socket: ServerWebSocket<Data>): ApiClient => ({
  send: (text) => void socket.send(text, false),
  join: (channel) => void socket.subscribe(channel),
  leave: (channel) => void socket.unsubscribe(channel),
});
