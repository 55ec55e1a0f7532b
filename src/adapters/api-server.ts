import type { Server, ServerWebSocket } from "bun";
import { timingSafeEqual } from "node:crypto";
import { type ErrorCode, Failure } from "../domain/failure.ts";
import { type Caller, type Gate, isLoopback, refusal, type Refusal } from "../domain/who-may.ts";
import { type Page, servePage, STRICT_HEADERS } from "./api-page.ts";
import { peerUser } from "./peer.ts";
import { listeners } from "./ports.ts";

/** So many clients are served at once, and no more. */
export const MOST_CLIENTS = 256;

/** A frame that is longer ends its connection with 1009. */
const MOST_FRAME = 1 << 20;

/** Bytes that may wait for a client to read them, besides what the kernel holds: beyond them it is dropped. */
const MOST_UNREAD = 1 << 20;

/** Seconds after which a client is asked for a sign of life, by a ping that its library answers. */
const SILENCE = 120;

/** Every client is told what goes to this channel. */
const EVERYONE = "*";

/** One WebSocket, as the rest of the daemon sees it. */
export interface ApiClient {
  /** A client that has gone, or doesn't read, gets nothing more. */
  send(text: string): void;
  join(channel: string): void;
  leave(channel: string): void;
}

/** What the server leaves to others. None of it may throw. */
export interface ApiHandlers {
  opened(client: ApiClient): void;
  /** A text frame; null: a binary one. */
  received(client: ApiClient, text: string | null): void;
  closed(client: ApiClient): void;
}

export interface ApiServerOptions {
  host: string;
  /** 0: one that is free. */
  port: number;
  token: string | null;
  /** The user that the daemon runs as. */
  uid: number;
  /** What `GET /healthz` answers, as JSON. */
  healthz: object;
  page: Page;
  handlers: ApiHandlers;
}

export interface ApiServer {
  host: string;
  port: number;
  /** Where the page is. */
  url: string;
  /** To all that have joined a channel. */
  publish(channel: string, text: string): void;
  /** To every client. */
  broadcast(text: string): void;
  /** How many clients there are. */
  clients(): number;
  /** Closes every connection, with 1001. */
  end(): Promise<void>;
}

interface Data {
  client: ApiClient | null;
}

/** Listens; E700 where another does, E500 for an address that can't be had. */
export async function serveApi(options: ApiServerOptions): Promise<ApiServer | Failure> {
  const { host, token } = options;
  if (token === null && !isLoopback(host)) return tokenNeeded(host);
  if (token === "") return new Failure("E500", "The token is empty", "Leave it out, or choose one");
  const door = new Door(options);
  try {
    const server = door.open();
    return apiServer(server, host);
  } catch (error) {
    return listenFailure(error, options);
  }
}

const tokenNeeded = (host: string): Failure =>
  new Failure(
    "E500",
    `--host ${host} lets other machines in: that needs a token`,
    "Give one as --token, or better as TASKMUX_TOKEN.",
  );

async function listenFailure(error: unknown, { host, port }: ApiServerOptions): Promise<Failure> {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "EADDRINUSE") {
    return new Failure("E500", `The API can't listen on ${host} port ${port}: ${message}`);
  }
  const [first] = await listeners(port);
  const holder = first?.holder;
  const who = holder ? `pid ${holder.pid}: ${holder.command}` : "a process of another user";
  const by = first === undefined ? "" : ` by ${who}`;
  return new Failure(
    "E700",
    `Port ${port} is in use${by}`,
    "Choose another: --port PORT, 0 for any",
  );
}

function apiServer(server: Server<Data>, host: string): ApiServer {
  const port = server.port!;
  return {
    host,
    port,
    url: `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}/`,
    publish: (channel, text) => void server.publish(channel, text, false),
    broadcast: (text) => void server.publish(EVERYONE, text, false),
    clients: () => server.pendingWebSockets,
    end: () => server.stop(true),
  };
}

/** Who comes in, and what becomes of it. */
class Door {
  readonly #secret: Buffer | null;

  constructor(private readonly options: ApiServerOptions) {
    this.#secret = options.token === null ? null : digest(options.token);
  }

  open(): Server<Data> {
    const { host, port, handlers } = this.options;
    return Bun.serve<Data>({
      // A name may mean another address than the one that the rules are for.
      hostname: host === "localhost" ? "127.0.0.1" : host.replace(/^\[(.*)\]$/, "$1"),
      port,
      development: false,
      // Outside of development Bun lets other processes of the user listen on the same port, unless told not to.
      reusePort: false,
      maxRequestBodySize: 1024,
      fetch: (request, server) => this.#answer(request, server),
      error: () => says(500, "E900", "Internal error"),
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
        // A throw of a handler would end the daemon; it ends the connection.
        error: (_error, socket) => socket.close(1011, "Internal error"),
      },
    });
  }

  async #answer(request: Request, server: Server<Data>): Promise<Response | undefined> {
    const refused = await this.#refusal(request, server);
    if (refused !== null) return says(refused.status, "E702", refused.message, refused.hint);
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      return this.#upgrade(request, server);
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return says(405, "E500", `${request.method} is not for here`, "GET, HEAD, or a WebSocket");
    }
    return this.#page(request);
  }

  #upgrade(request: Request, server: Server<Data>): Response | undefined {
    if (server.pendingWebSockets >= MOST_CLIENTS) {
      return says(503, "E703", `There are ${MOST_CLIENTS} clients already`, "Close one of them.");
    }
    if (server.upgrade(request, { data: { client: null } })) return undefined;
    return says(400, "E500", "That is no WebSocket handshake");
  }

  #page(request: Request): Response {
    const path = pathOf(request);
    if (path === "/healthz")
      return Response.json(this.options.healthz, { headers: STRICT_HEADERS });
    if (path === "/") return servePage(this.options.page, request.headers.get("host") ?? "");
    return says(404, "E500", "There is nothing here", "/, /healthz, or a WebSocket anywhere");
  }

  /** What it costs to see who calls is spent on none that is refused without. */
  async #refusal(request: Request, server: Server<Data>): Promise<Refusal | null> {
    const from = server.requestIP(request);
    const { host, uid } = this.options;
    const gate: Gate = { host, port: server.port!, uid, asksToken: this.#secret !== null };
    const caller: Caller = {
      host: request.headers.get("host"),
      origin: request.headers.get("origin"),
      uid: from === null ? "unseen" : null,
      token: this.#judge(tokenOf(request)),
    };
    const refused = refusal(caller, gate);
    if (refused !== null || from === null || !isLoopback(from.address)) return refused;
    return refusal({ ...caller, uid: await peerUser(from, gate.port) }, gate);
  }

  /** In a time that doesn't tell how much of it was right. */
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

/** Without a look at the Host that it begins with: that is a stranger's. */
const pathOf = (request: Request): string =>
  /^[a-z]+:\/\/[^/]*(\/[^?#]*)/i.exec(request.url)?.[1] ?? "/";

function says(status: number, code: ErrorCode, error: string, hint?: string): Response {
  const headers = new Headers(STRICT_HEADERS);
  if (status === 401) headers.set("WWW-Authenticate", 'Bearer realm="taskmux"');
  if (status === 405) headers.set("Allow", "GET, HEAD");
  const body = { ok: false, error, error_code: code, ...(hint === undefined ? {} : { hint }) };
  return Response.json(body, { status, headers });
}

/** What isn't sent is lost with the client: one that doesn't read is closed by the limit of what may wait for it. */
const clientOf = (socket: ServerWebSocket<Data>): ApiClient => ({
  send: (text) => void socket.send(text, false),
  join: (channel) => void socket.subscribe(channel),
  leave: (channel) => void socket.unsubscribe(channel),
});
