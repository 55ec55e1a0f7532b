import { wordsOf } from "./long-commands.ts";

/** How a tool gets the port to listen on. */
interface Tool {
  /** The first word after the program, "" for none: its server. */
  servers: readonly string[];
  /** What is added to the command. */
  argument: string;
  /** Its default port. */
  port: number;
}

const TOOLS: Record<string, Tool> = {
  vite: { servers: ["", "dev", "serve"], argument: "--port $PORT --strictPort", port: 5173 },
  astro: { servers: ["dev"], argument: "--port $PORT", port: 4321 },
  next: { servers: ["dev", "start"], argument: "--port $PORT", port: 3000 },
  wrangler: { servers: ["dev"], argument: "--port $PORT", port: 8787 },
  storybook: { servers: ["dev"], argument: "--port $PORT", port: 6006 },
  "manage.py": { servers: ["runserver"], argument: "$PORT", port: 8000 },
  "django-admin": { servers: ["runserver"], argument: "$PORT", port: 8000 },
  rails: { servers: ["s", "server"], argument: "--port $PORT", port: 3000 },
};

/** Its first word is the application. */
const UVICORN: Tool = { servers: [], argument: "--port $PORT", port: 8000 };

/** The argument by which a command's program listens on `$PORT`, and its usual port. */
export type PortFlag = Pick<Tool, "argument" | "port">;

/**
 * How to tell a command its port by an argument at its end; null for an unknown program, for one that has a port already,
 * and for more than one simple command.
 */
export function portFlagOf(command: string): PortFlag | null {
  if (/[;&|<>#`\n()]|\$\(/.test(command)) return null;
  const words = programWords(command);
  const tool = toolOf(words);
  return tool === null || hasPort(words) ? null : { argument: tool.argument, port: tool.port };
}

/** The words from the program on: of `python -m uvicorn app:app`, from uvicorn on. */
function programWords(command: string): string[] {
  const words = wordsOf(command);
  const isPython = /(^|\/)python[\d.]*$/.test(words[0] ?? "");
  return isPython ? words.slice(words[1] === "-m" ? 2 : 1) : words;
}

function toolOf([program = "", ...rest]: string[]): Tool | null {
  const name = program.split("/").at(-1)!;
  if (name === "uvicorn") return UVICORN;
  if (!Object.hasOwn(TOOLS, name)) return null;
  const tool = TOOLS[name]!;
  const first = rest[0]?.startsWith("-") ? "" : (rest[0] ?? "");
  return tool.servers.includes(first) ? tool : null;
}

/** `-p 3000`, `--port=3000`, and the address of Django's `runserver`. */
function hasPort([program = "", ...rest]: string[]): boolean {
  const isDjango = /(^|\/)(manage\.py|django-admin)$/.test(program);
  if (isDjango && rest.slice(1).some((word) => /^(\S*:)?\d+$/.test(word))) return true;
  return rest.some((word) => /^(-p|-p=?\d+|--port(=.*)?|\S*\$\{?PORT\b.*)$/.test(word));
}
