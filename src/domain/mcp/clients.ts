import { Failure } from "../failure.ts";
import { canonical } from "../values/canonical.ts";
import { isTable } from "../values/shape.ts";
import { withMember, withoutComments } from "./json-edit.ts";

/** A client of MCP servers, and where a project registers one for it. */
export interface McpClient {
  client: string;
  /** Relative to the project. */
  file: string;
  /** Programs that show that it is installed. */
  programs: readonly string[];
  format: "json" | "json with comments" | "toml";
  /** The table of the servers. */
  table: string;
  entry(flags: readonly string[]): Record<string, unknown>;
}

const NAME = "taskmux";
const entry = (flags: readonly string[]) => ({ command: NAME, args: ["mcp", ...flags] });

/** A client that starts servers elsewhere than in the project, and replaces this. */
const FOLDER = "${workspaceFolder}";

export const MCP_CLIENTS: readonly McpClient[] = [
  {
    client: "claude",
    file: ".mcp.json",
    programs: ["claude"],
    format: "json",
    table: "mcpServers",
    entry,
  },
  {
    client: "codex",
    file: ".codex/config.toml",
    programs: ["codex"],
    format: "toml",
    table: "mcp_servers",
    entry,
  },
  {
    client: "cursor",
    file: ".cursor/mcp.json",
    programs: ["cursor", "cursor-agent"],
    format: "json",
    table: "mcpServers",
    entry: (flags) => entry(["--config", FOLDER, ...flags]),
  },
  {
    client: "vscode",
    file: ".vscode/mcp.json",
    programs: ["code"],
    format: "json with comments",
    table: "servers",
    entry: (flags) => ({ type: "stdio", ...entry(flags), cwd: FOLDER }),
  },
];

/** The text of a client's file, which registers the server and nothing else. */
export function freshFile({ format, table, entry }: McpClient, flags: readonly string[]): string {
  const server = entry(flags);
  return format === "toml"
    ? tomlTable(table, server)
    : `${JSON.stringify({ [table]: { [NAME]: server } }, null, 2)}\n`;
}

/** JSON's strings and lists of strings are TOML's. */
const tomlTable = (table: string, server: Record<string, unknown>): string =>
  [
    `[${table}.${NAME}]`,
    ...Object.entries(server).map(
      ([key, value]) => `${key} = ${JSON.stringify(value).replaceAll('","', '", "')}`,
    ),
    "",
  ].join("\n");

/** Parses a client's file; null if it doesn't parse. */
export type ParseToml = (text: string) => Promise<Record<string, unknown> | null>;

/**
 * The text of a client's file (one character per byte) with the server registered; the same text if it is already, however
 * it is. E106 if it doesn't parse, or the place for the server is taken by something else.
 */
export async function registered(
  text: string,
  client: McpClient,
  flags: readonly string[],
  parseToml: ParseToml,
): Promise<string | Failure> {
  const { format, table } = client;
  const before = await parse(text, format, parseToml);
  if (before === null) return notParsed(client);
  const servers = before[table] ?? {};
  if (isTable(servers) && Object.hasOwn(servers, NAME)) return text;
  const server = client.entry(flags);
  const edited =
    format === "toml"
      ? appended(text, tomlTable(table, server))
      : withMember(text, [table], NAME, server);
  const after = edited === null ? null : await parse(edited, format, parseToml);
  const wanted = { ...before, [table]: { ...servers, [NAME]: server } };
  return edited !== null && after !== null && canonical(after) === canonical(wanted)
    ? edited
    : notParsed(client);
}

/** A text with another one after an empty line, in the line ends of the first. */
function appended(text: string, more: string): string {
  if (text === "") return more;
  const gap = text.endsWith("\n") ? "\n" : "\n\n";
  return text + (gap + more).replaceAll("\n", text.includes("\r\n") ? "\r\n" : "\n");
}

/** Whether a client's file registers the server. */
export async function isRegistered(
  text: string,
  { format, table }: McpClient,
  parseToml: ParseToml,
): Promise<boolean> {
  const servers = (await parse(text, format, parseToml))?.[table];
  return isTable(servers) && Object.hasOwn(servers, NAME);
}

async function parse(
  text: string,
  format: McpClient["format"],
  parseToml: ParseToml,
): Promise<Record<string, unknown> | null> {
  try {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const decoded = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (format === "toml") return await parseToml(decoded);
    const value: unknown = JSON.parse(format === "json" ? decoded : withoutComments(decoded));
    return isTable(value) ? value : null;
  } catch {
    return null;
  }
}

const notParsed = ({ client, file }: McpClient): Failure =>
  new Failure(
    "E106",
    `${file} was left alone: taskmux can't read it, or has no place in it`,
    `Add the server yourself: taskmux mcp install ${client} --print`,
  );
