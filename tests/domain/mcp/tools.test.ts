import { expect, test } from "bun:test";
import { root } from "../../helpers/binary.ts";
import { INSTRUCTIONS, TOOLS, toolsOf } from "../../../src/domain/mcp/tools.ts";

const plain = (value: unknown): any => JSON.parse(JSON.stringify(value));

/** The list as clients get it, without output schemas. */
const LIST = plain(TOOLS.map((tool) => ({ ...tool, outputSchema: undefined })));

test("the list, the descriptions and the instructions are short: every conversation pays for them", () => {
  expect(Buffer.byteLength(JSON.stringify(LIST))).toBeLessThan(4000);
  for (const { description } of TOOLS) expect(description.length).toBeLessThan(1000);
  expect(INSTRUCTIONS.length).toBeLessThan(1500);
});

test("the tools, their arguments and what they may do", () => {
  const rows = LIST.map(({ name, inputSchema, annotations }: any) => {
    expect(inputSchema.additionalProperties).toBe(false);
    expect(annotations.openWorldHint).toBe(false);
    const required: string[] = inputSchema.required ?? [];
    const args = Object.keys(inputSchema.properties).map((key) =>
      required.includes(key) ? key : `${key}?`,
    );
    const hints = Object.keys(annotations).filter((key) => annotations[key] === true);
    return `${name}(${args.join(" ")}) ${hints.join(" ")}`.trim();
  });
  expect(rows).toEqual([
    "status(dir?) readOnlyHint",
    "start(tasks? timeout_s? dir?) idempotentHint",
    "restart(tasks timeout_s? settle_s? dir?) destructiveHint",
    "stop(tasks? all? dir?) destructiveHint idempotentHint",
    "verify(tasks? timeout_s? settle_s? cursor? dir?) readOnlyHint",
    "why(task? port? dir?) readOnlyHint",
    "logs(tasks? lines? grep? regex? since? run? cursor? dir?) readOnlyHint",
    "run(name command cwd? env? port? ready_log? timeout_s? dir?) idempotentHint",
  ]);
  // Without it, clients take a tool that doesn't only read for a destructive one.
  for (const { annotations } of LIST)
    if (!annotations.readOnlyHint) expect(annotations).toHaveProperty("destructiveHint");
});

test("the list as a whole is tests/fixtures/mcp-tools.json: what models read changes only on purpose", async () => {
  const known: unknown = await Bun.file(`${root}/tests/fixtures/mcp-tools.json`).json();
  expect(LIST).toEqual(known);
});

test("a server that only reads has only the tools that do", () => {
  const names = toolsOf({ readOnly: true }).map(({ name }) => name);
  expect(names).toEqual(["status", "verify", "why", "logs"]);
});
