import type { Readable, Writable } from "node:stream";
import {
  type CallToolResult,
  CLIENT_INFO_META_KEY,
  type JsonSchemaType,
  type JsonSchemaValidator,
  type jsonSchemaValidator,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { Tool } from "../../domain/mcp/tools.ts";
import { type Shape, violationsOf } from "../../domain/values/shape.ts";

/** How a call reports to its client, and learns that nobody waits for it any more. */
export interface CallReports {
  /** Shows a line of progress, if the client has asked for progress. */
  progress(message: string): void;
  cancelled: AbortSignal;
  /** The client's program, as it names itself. */
  client: string | null;
}

/** The answer of a tool: a result, or an error for the model. */
export interface ToolAnswer {
  value: object;
  isError: boolean;
}

/** What the server is made of. */
export interface McpParts {
  version: string;
  instructions: string;
  tools: readonly Tool[];
  /** Never throws. */
  call(tool: Tool, args: unknown, reports: CallReports): Promise<ToolAnswer>;
  /** An error that no request gets to know. */
  onError(error: Error): void;
}

/** How a server is served. */
export interface McpConnection {
  /** Milliseconds between two lines of progress of a call that waits: a client may give up on one that reports nothing. */
  heartbeat: number;
  stdin: Readable;
  stdout: Writable;
}

const ownConnection = (): McpConnection => ({
  heartbeat: 10_000,
  stdin: process.stdin,
  stdout: process.stdout,
});

/**
 * Serves MCP on stdin and stdout, in both eras of the protocol: the first message decides. Returns when the connection is
 * closed, or the signal is aborted.
 */
export async function serveMcp(
  parts: McpParts,
  signal: AbortSignal,
  connection = ownConnection(),
): Promise<void> {
  const ended = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => ended.resolve(), { once: true });
  const transport = new Transport(connection, () => ended.resolve());
  serveStdio(() => serverOf(parts, connection.heartbeat), {
    transport,
    onerror: (error) => parts.onError(error),
  });
  await ended.promise;
}

/** Stdin and stdout. They close at the end of stdin, when nobody reads stdout, and at a message that is too long. */
class Transport extends StdioServerTransport {
  readonly #onClosed: () => void;

  constructor({ stdin, stdout }: McpConnection, onClosed: () => void) {
    super(stdin, stdout);
    this.#onClosed = onClosed;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#onClosed();
  }
}

function serverOf(parts: McpParts, heartbeat: number): Server {
  const { version, instructions, tools } = parts;
  const server = new Server(
    { name: "taskmux", version },
    { capabilities: { tools: {} }, instructions, jsonSchemaValidator: VALIDATOR },
  );
  server.setRequestHandler("tools/list", () => ({ tools: tools.map(listed) }));
  server.setRequestHandler("tools/call", async ({ params }, ctx) => {
    const tool = tools.find(({ name }) => name === params.name);
    if (tool === undefined) throw new UnknownTool(params.name);
    const client = server.getClientVersion()?.name ?? clientIn(ctx);
    const reports = { ...reportsOf(ctx), client };
    const since = performance.now();
    const seconds = () => Math.round((performance.now() - since) / 1000);
    const timer = setInterval(() => reports.progress(`waiting: ${seconds()} s`), heartbeat);
    const answer = parts.call(tool, params.arguments, reports);
    return resultOf(await answer.finally(() => clearInterval(timer)));
  });
  return server;
}

/** Invalid params, in the words of JSON-RPC. */
class UnknownTool extends Error {
  readonly code = -32602;

  constructor(name: string) {
    super(`Unknown tool: ${name.slice(0, 100)}`);
  }
}

/** Without the symbols and types of the schemas: plain JSON. */
const listed = ({ name, description, inputSchema, outputSchema, annotations }: Tool) => ({
  name,
  description,
  inputSchema: JSON.parse(JSON.stringify(inputSchema)) as { type: "object" },
  outputSchema: JSON.parse(JSON.stringify(outputSchema)) as { type: "object" },
  annotations: { ...annotations },
});

/** The stateless revision names the client in each request. */
function clientIn({ mcpReq }: ServerContext): string | null {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
  const info = envelope[CLIENT_INFO_META_KEY];
  const name = typeof info === "object" && info !== null && "name" in info ? info.name : null;
  return typeof name === "string" ? name : null;
}

function reportsOf({ mcpReq }: ServerContext): Omit<CallReports, "client"> {
  const { signal: cancelled, _meta } = mcpReq;
  const token = _meta?.progressToken;
  let count = 0;
  const progress = (message: string): void => {
    if (token === undefined || cancelled.aborted) return;
    const params = { progressToken: token, progress: ++count, message };
    // Progress for a client that has gone interests nobody.
    void mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
  };
  return { progress, cancelled };
}

/** Clients of before 2025-06-18 know only `content`, and an error has no schema. */
const resultOf = ({ value, isError }: ToolAnswer): CallToolResult => ({
  content: [{ type: "text", text: JSON.stringify(value) }],
  ...(isError ? { isError } : { structuredContent: value }),
});

/** The SDK's own validator makes code of schemas, which this executable forbids. */
const VALIDATOR: jsonSchemaValidator = {
  getValidator:
    <T>(schema: JsonSchemaType): JsonSchemaValidator<T> =>
    (input) =>
      violationsOf(schema as Shape, input).length === 0
        ? { valid: true, data: input as T, errorMessage: undefined }
        : { valid: false, data: undefined, errorMessage: "It doesn't match the schema" },
};
