import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { TOOLS, type ToolName } from "../../src/domain/mcp/tools.ts";
import { builtBinary } from "./binary.ts";
import { eventually } from "./eventually.ts";
import type { RunOptions, World } from "./world.ts";

export type Era = "2025-11-25" | "2026-07-28";

interface McpOptions extends RunOptions {
  era?: Era;
  args?: string[];
}

/** A server that is spoken to in lines of JSON, as its pipe has them. */
export interface RawMcp extends AsyncDisposable {
  readonly pid: number;
  /** Everything that it has written to stdout, each a message. */
  messages(): any[];
  /** Sends a request and returns its id. */
  send(method: string, params?: object): number;
  notify(method: string, params?: object): void;
  /** Writes a text as it is. */
  write(text: string): void;
  /** The response to a request. */
  response(id: number): Promise<any>;
  request(method: string, params?: object): Promise<any>;
  /** The result of a tool, checked against its schema and the limit of its size; or the error that it is. */
  call(tool: ToolName, args?: object): Promise<any>;
  closeStdin(): void;
  exited: Promise<number>;
}

const REVISION = "2026-07-28";
const CLIENT = { name: "tester", version: "1" };
const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": REVISION,
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": CLIENT,
};

/** Starts `taskmux mcp` in a world, and opens the connection as the era does. */
export async function startMcp(world: World, options: McpOptions = {}): Promise<RawMcp> {
  const { era = "2025-11-25", args = [], cwd = world.project, env } = options;
  const all = Object.entries({ ...world.env, ...env }).filter(([, value]) => value !== undefined);
  const child = Bun.spawn([builtBinary(), "mcp", ...args], {
    cwd,
    env: Object.fromEntries(all) as Record<string, string>,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  const messages = collect(child.stdout);
  let id = 0;
  const write = (message: object): void => {
    void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    void child.stdin.flush();
  };
  const enveloped = (params: object): object => {
    const { _meta = {}, ...rest } = params as { _meta?: object };
    const meta = era === REVISION ? { ...ENVELOPE, ..._meta } : _meta;
    return Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta };
  };
  const send = (method: string, params: object = {}): number => {
    write({ id: ++id, method, params: enveloped(params) });
    return id;
  };
  const notify = (method: string, params: object = {}) =>
    write({ method, params: enveloped(params) });
  const response = (wanted: number) =>
    eventually(() => messages().find((message) => message.id === wanted));
  const request = (method: string, params?: object) => response(send(method, params));
  const server: RawMcp = {
    pid: child.pid,
    messages,
    send,
    notify,
    write: (text) => {
      for (const written of [child.stdin.write(text), child.stdin.flush()])
        void Promise.resolve(written).catch(ignored);
    },
    response,
    request,
    call: async (tool, toolArgs = {}) =>
      checked(tool, await request("tools/call", { name: tool, arguments: toolArgs })),
    closeStdin: () => void child.stdin.end(),
    exited: child.exited,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
  if (era === REVISION) await request("server/discover");
  else {
    const capabilities = {};
    await request("initialize", { protocolVersion: era, capabilities, clientInfo: CLIENT });
    notify("notifications/initialized");
  }
  return server;
}

/** The server may end before it has read all. */
const ignored = (): void => {};

/** Throws, in `messages`, if a line is no message. */
function collect(stream: ReadableStream<Uint8Array>): () => any[] {
  const decoder = new TextDecoder();
  let text = "";
  const read = async (): Promise<void> => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  };
  void read();
  return () =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => {
        const message = JSON.parse(line);
        if (message.jsonrpc !== "2.0") throw new Error(`No message: ${line}`);
        return message;
      });
}

/** A result is what its schema says, to the last key, not too long, and the same twice. */
export function checked(tool: ToolName, { result, error }: { result?: any; error?: any }): any {
  if (error !== undefined) throw new Error(JSON.stringify(error));
  const text = JSON.parse(result.content[0].text);
  if (result.isError) return text;
  const { structuredContent } = result;
  if (!Bun.deepEquals(text, structuredContent)) throw new Error("content says something else");
  const schema = TOOLS.find(({ name }) => name === tool)!.outputSchema as TSchema;
  const [wrong] = Value.Errors(schema, structuredContent);
  const shown = JSON.stringify(structuredContent);
  if (wrong) throw new Error(`${tool}: ${wrong.path} ${wrong.message}: ${shown}`);
  const known = Value.Clean(schema, structuredClone(structuredContent));
  if (!Bun.deepEquals(known, structuredContent)) throw new Error(`${tool}: unknown keys: ${shown}`);
  if (shown.length > 24_000) throw new Error(`${tool}: ${shown.length} characters`);
  return structuredContent;
}
