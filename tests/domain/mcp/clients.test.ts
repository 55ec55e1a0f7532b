import { expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { isFailure } from "../../../src/domain/failure.ts";
import {
  freshFile,
  isRegistered,
  MCP_CLIENTS,
  registered,
} from "../../../src/domain/mcp/clients.ts";

const parseToml = async (text: string) => Bun.TOML.parse(text) as Record<string, unknown>;
const client = (name: string) => MCP_CLIENTS.find((one) => one.client === name)!;
const edit = (name: string, text: string) => registered(text, client(name), [], parseToml);

const SERVER = `"taskmux": {
      "command": "taskmux",
      "args": [
        "mcp"
      ]
    }`;

test.each<[what: string, before: string, after: string]>([
  ["no servers", "{}", `{\n  "mcpServers": {\n    ${SERVER}\n  }\n}`],
  [
    "another server",
    '{\n  "mcpServers": {\n    "x": {"command": "x"}\n  },\n  "z": [1, "}"]\n}\n',
    `{\n  "mcpServers": {\n    "x": {"command": "x"},\n    ${SERVER}\n  },\n  "z": [1, "}"]\n}\n`,
  ],
  ["an empty table", '{\n  "mcpServers": {}\n}\n', `{\n  "mcpServers": {\n    ${SERVER}\n  }\n}\n`],
  [
    "other keys",
    '{\n  "a": "\\"{"\n}',
    `{\n  "a": "\\"{",\n  "mcpServers": {\n    ${SERVER}\n  }\n}`,
  ],
])("a file with %s gets the server, and keeps the rest", async (_, before, after) => {
  expect(await edit("claude", before)).toBe(after);
});

test("indentation, line ends and a byte order mark are the file's", async () => {
  const tabs = '\u00EF\u00BB\u00BF{\r\n\t"mcpServers": {\r\n\t\t"x": {}\r\n\t}\r\n}';
  const after = await edit("claude", tabs);
  expect(after).toStartWith(
    '\u00EF\u00BB\u00BF{\r\n\t"mcpServers": {\r\n\t\t"x": {},\r\n\t\t"taskmux": {\r\n\t\t\t',
  );
  expect(after).not.toMatch(/[^\r]\n/);
});

test("VS Code's file may have comments and commas at the end", async () => {
  const text = '// mine\n{\n  "servers": {\n    "x": {}, // "y": {\n  },\n}\n';
  const after = await edit("vscode", text);
  expect(after).toStartWith('// mine\n{\n  "servers": {\n    "x": {},\n    "taskmux": {');
  expect(after).toContain('// "y": {\n  },\n}\n');
  expect(await edit("claude", text)).toMatchObject({ code: "E106" });
});

test("Codex's file gets a table at its end", async () => {
  const text = 'model = "x"\n\n[mcp_servers.other]\ncommand = "y"';
  const table = '[mcp_servers.taskmux]\ncommand = "taskmux"\nargs = ["mcp"]\n';
  expect(await edit("codex", text)).toBe(`${text}\n\n${table}`);
  expect(await edit("codex", "")).toBe(table);
  expect(await edit("codex", "mcp_servers = { a = { command = 'b' } }\n")).toMatchObject({
    code: "E106",
  });
});

test.each([
  ["claude", ""],
  ["claude", "{"],
  ["claude", "[]"],
  ["claude", '{"mcpServers": []}'],
  ["claude", '{"a": "\u00ff"}'],
  ["codex", "a = "],
  ["codex", "mcp_servers = 1\n"],
])("a file of %s that doesn't parse, or has no place, is left alone: %p", async (name, text) => {
  expect(await edit(name, text)).toMatchObject({
    code: "E106",
    hint: expect.stringContaining("--print") as unknown as string,
  });
});

test.each(MCP_CLIENTS.map((one) => [one.client, one] as const))(
  "%s: a new file registers it, and registering again changes nothing",
  async (_, one) => {
    const text = freshFile(one, ["--read-only"]);
    expect(text).toContain("--read-only");
    expect(await isRegistered(text, one, parseToml)).toBe(true);
    expect(await registered(text, one, [], parseToml)).toBe(text);
    expect(await isRegistered("{}", one, parseToml)).toBe(false);
  },
);

const commonStart = (one: string, other: string): number => {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
};

const reversed = (text: string): string => text.split("").toReversed().join("");

const commonEnd = (one: string, other: string): number =>
  commonStart(reversed(one), reversed(other));

test("whatever JSON a file holds, only the server is added", async () => {
  const json = fc.tuple(
    fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
    fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
    fc.constantFrom(0, 1, 2, 4, "\t"),
    fc.boolean(),
  );
  await fc.assert(
    fc.asyncProperty(json, async ([others, servers, indent, hasServers]) => {
      const value = hasServers ? { ...others, mcpServers: servers } : others;
      const before = JSON.stringify(value, null, indent);
      const text = Buffer.from(before).toString("latin1");
      const after = await edit("claude", text);
      if (isFailure(after)) throw new Error(after.message);
      const read = JSON.parse(Buffer.from(after, "latin1").toString());
      if (!Object.hasOwn(read.mcpServers, "taskmux")) throw new Error("not registered");
      if (after === text) return;
      delete read.mcpServers.taskmux;
      expect(read).toEqual(
        hasServers ? JSON.parse(before) : { ...JSON.parse(before), mcpServers: {} },
      );
      // Bytes are only added, at one place.
      expect(commonStart(text, after) + commonEnd(text, after)).toBeGreaterThanOrEqual(text.length);
    }),
    { numRuns: 300 },
  );
});
