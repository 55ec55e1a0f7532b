import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { Value } from "@sinclair/typebox/value";
import { type TSchema, Type } from "@sinclair/typebox";
import { apiErrorSchema, apiPushSchema, apiReplySchemas } from "../../src/domain/api/messages.ts";
import type { Running } from "./command.ts";
import { eventually } from "./eventually.ts";
import type { RunOptions, World } from "./world.ts";

/** A daemon of a world, with its API on a port of its own. */
export interface Daemon {
  running: Running;
  pid: number;
  port: number;
  url: string;
}

/** Starts `taskmux daemon` and returns once it listens. */
export async function startDaemon(
  world: World,
  flags: string[] = [],
  options?: RunOptions,
): Promise<Daemon> {
  const running = world.spawn(["daemon", "--port", "0", "--json", ...flags], options);
  const first = () => {
    const line = running.lines()[0];
    if (line === undefined) throw new Error(`It has said nothing: ${running.stderr()}`);
    return JSON.parse(line);
  };
  const { port, url, pid } = await eventually(first);
  return { running, pid, port, url };
}

/** How a connection has ended. */
export interface Closed {
  code: number;
  reason: string;
}

/** A client of the API. Every message that it gets is checked against its schema. */
export class ApiConnection implements AsyncDisposable {
  /** What came unasked, in order. */
  readonly pushes: any[] = [];
  /** What was answered to messages without an id. */
  readonly replies: any[] = [];
  readonly closed: Promise<Closed>;
  readonly #awaited = new Map<number, { command: string; resolve(reply: any): void }>();
  #lastId = 0;

  private constructor(readonly socket: WebSocket) {
    const { promise, resolve } = Promise.withResolvers<Closed>();
    this.closed = promise;
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data))));
  }

  /** Throws where the daemon refuses. */
  static async open(port: number, { path = "/", headers = {} } = {}): Promise<ApiConnection> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const connection = new ApiConnection(socket);
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("The daemon let nobody in")));
    await promise;
    return connection;
  }

  /** Asks for a command; the reply, less its id. */
  async ask(command: string, params?: object): Promise<any> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<any>();
    this.#awaited.set(id, { command, resolve });
    this.send(JSON.stringify({ command, params, id }));
    const { id: _, ...reply } = await promise;
    return reply;
  }

  send(message: string | Uint8Array): void {
    this.socket.send(message);
  }

  /** The pushes of a type. */
  pushed(type: "event" | "status" | "log" | "usage" | "health_check"): any[] {
    return this.pushes.filter((push) => push.type === type).map(({ data }) => data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #take(message: any): void {
    if ("type" in message) {
      fits(apiPushSchema, message);
      this.pushes.push(message);
      return;
    }
    const asked = typeof message.id === "number" ? this.#awaited.get(message.id) : undefined;
    if (message.success === false && !asked) fits(apiErrorSchema, message);
    if (!asked) return void this.replies.push(message);
    this.#awaited.delete(message.id);
    fits(replySchema(asked.command), message);
    asked.resolve(message);
  }
}

const replySchemas = new Map<string, TSchema>();

function replySchema(command: string): TSchema {
  const known = apiReplySchemas as Record<string, TSchema[]>;
  const schema =
    replySchemas.get(command) ?? Type.Union([apiErrorSchema, ...(known[command] ?? [])]);
  replySchemas.set(command, schema);
  return schema;
}

/** Throws where a message isn't what the schema says, or has a key that it doesn't tell of. */
function fits(schema: TSchema, message: unknown): void {
  const known = knownOf(schema);
  const shown = () => JSON.stringify(message).slice(0, 500);
  if (!known.check.Check(message)) throw new Error(`No schema tells of ${shown()}`);
  const shape = shapeOf(message);
  if (known.shapes.has(shape)) return;
  const forms: TSchema[] = schema["anyOf"] ?? [schema];
  const isKnown = (form: TSchema) =>
    Value.Check(form, message) &&
    Bun.deepEquals(Value.Clean(form, structuredClone(message)), message);
  if (!forms.some(isKnown)) throw new Error(`The schema doesn't tell of all keys of ${shown()}`);
  known.shapes.add(shape);
}

/** What is known of a schema: a client that takes long over each message is dropped for one that doesn't read. */
interface Known {
  check: TypeCheck<TSchema>;
  /** Those of messages that were compared with it key by key. */
  shapes: Set<string>;
}

const knownSchemas = new Map<TSchema, Known>();

function knownOf(schema: TSchema): Known {
  const known = knownSchemas.get(schema) ?? {
    check: TypeCompiler.Compile(schema),
    shapes: new Set<string>(),
  };
  knownSchemas.set(schema, known);
  return known;
}

/** A message with the types of its values in their place. */
const shapeOf = (message: unknown): string =>
  JSON.stringify(message, (_key, value: unknown) =>
    typeof value === "object" && value !== null ? value : typeof value,
  );

/** What a server said to one request, written byte for byte. */
export interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

/** The lines of a WebSocket handshake; `changes` replace headers, or take them away (null). */
export function handshake(port: number, changes: Record<string, string | null> = {}): string[] {
  const headers = {
    Host: `127.0.0.1:${port}`,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...changes,
  };
  const lines = Object.entries(headers).filter(([, value]) => value !== null);
  return ["GET / HTTP/1.1", ...lines.map(([name, value]) => `${name}: ${value}`)];
}

/** Sends the lines of a request as they are, and reads the head of the answer, and its body where that has a length. */
export async function rawRequest(port: number, lines: string[]): Promise<RawAnswer> {
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  let text = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, bytes) => {
        text += bytes.toString("latin1");
        const answer = parseAnswer(text, false);
        if (answer) resolve(answer);
      },
      close: () => resolve(parseAnswer(`${text}\r\n\r\n`, true)!),
    },
  });
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const answer = await promise;
  socket.end();
  return answer;
}

/** Null while more is to come; the answer to HEAD, and one that was cut off, tells of a body that never comes. */
function parseAnswer(text: string, hasEnded: boolean): RawAnswer | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [head, body] = [text.slice(0, end), text.slice(end + 4)];
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (body.length < length && !hasEnded) return null;
  return { status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1] ?? 0), head, body };
}
