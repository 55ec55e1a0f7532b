import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { type McpParts, serveMcp } from "../../../src/adapters/mcp/server.ts";
import { TOOLS } from "../../../src/domain/mcp/tools.ts";
import { eventually } from "../../helpers/eventually.ts";

/** A server with a short heartbeat on two streams. Its calls wait until `release` is called. */
function serve() {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const call: McpParts["call"] = async () => {
    await released;
    return { value: { error: "enough" }, isError: true };
  };
  const parts = { version: "1", instructions: "", tools: TOOLS, call, onError: () => {} };
  const served = serveMcp(parts, new AbortController().signal, { heartbeat: 5, stdin, stdout });
  let text = "";
  stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return {
    served,
    release,
    stdin,
    send: (message: object) => stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    messages: (): any[] =>
      text
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
  };
}

test("a call that waits reports so again and again, if it has a token, until it is answered", async () => {
  const { served, release, stdin, send, messages } = serve();
  const clientInfo = { name: "tester", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  send({ id: 1, method: "initialize", params });
  send({ method: "notifications/initialized" });
  const call = { name: "status", arguments: {} };
  send({ id: 2, method: "tools/call", params: call });
  send({ id: 3, method: "tools/call", params: { ...call, _meta: { progressToken: "t" } } });
  const progress = () => messages().filter(({ method }) => method === "notifications/progress");
  await eventually(() => progress().length >= 3);
  release();
  await eventually(() => messages().some(({ id }) => id === 3));
  for (const [index, { params }] of progress().entries())
    expect(params).toEqual({
      progressToken: "t",
      progress: index + 1,
      message: expect.stringMatching(/^waiting: \d+ s$/),
    });
  stdin.end();
  await served;
});
