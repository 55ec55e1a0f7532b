import { portFlagOf } from "./port-flag.ts";
import type { Proposal } from "./proposal.ts";

const ENTRY = /^([A-Za-z0-9_-]+):\s*(\S.*)$/;
const FIRST_PORT = 5000;
const PORT_STEP = 100;

/**
 * Proposes the entries of a Procfile, run as foreman and overmind run them: with `.env`, whose text is `dotenv`, and with a
 * PORT. foreman counts from 5000, or from the PORT of `.env`, by 100 for each entry. An entry whose command uses PORT, or
 * whose program takes a port, gets that port or the next free one. `web` listens on its PORT by Heroku's convention, but may
 * not. `release` is for deployments and doesn't start automatically.
 */
export function procfileProposals(text: string, source: string, dotenv = ""): Proposal[] {
  const entries = text.split("\n").flatMap((line) => {
    const [, name, command] = ENTRY.exec(line.trim()) ?? [];
    return name === undefined || command === undefined ? [] : [{ name, command }];
  });
  const first = portIn(dotenv) ?? FIRST_PORT;
  return entries.map(({ name, command }, index) => {
    const port = first + index * PORT_STEP;
    return {
      name,
      ...runOf(name, command, port <= 65535 ? port : null),
      auto_start: name !== "release",
      env_file: ".env?",
      source,
    };
  });
}

function runOf(name: string, command: string, port: number | null) {
  if (port === null) return { command };
  const flag = portFlagOf(command);
  if (flag !== null) return { command: `${command} ${flag.argument}`, port: `${port}+` };
  if (/\$\{?PORT\b/.test(command)) return { command, port: `${port}+` };
  return name === "web" ? { command, port } : { command };
}

/** The last PORT of a dotenv file, if it is a number. */
function portIn(dotenv: string): number | null {
  const found = [
    ...dotenv.matchAll(/^\s*(?:export\s+)?PORT\s*=\s*(["']?)(\d{1,5})\1\s*(?:#.*)?$/gm),
  ];
  const port = Number(found.at(-1)?.[2]);
  return port > 0 && port <= 65535 ? port : null;
}
