import type { Proposal } from "./proposals.ts";

const ENTRY = /^([A-Za-z0-9_-]+):\s*(\S.*)$/;
const FIRST_PORT = 5000;
const PORT_STEP = 100;

/**
 * The entries of a Procfile, run as foreman and overmind do: with `.env`, and with 5000, 5100, .. as PORT
 * where the command asks for one. `release` is for a deployment: it doesn't start by itself.
 */
export function procfileProposals(text: string, source: string): Proposal[] {
  const entries = text.split("\n").flatMap((line) => {
    const [, name, command] = ENTRY.exec(line.trim()) ?? [];
    return name === undefined || command === undefined ? [] : [{ name, command }];
  });
  return entries.map(({ name, command }, index) => ({
    name,
    command,
    auto_start: name !== "release",
    ...(/\$\{?PORT\b/.test(command) ? { port: FIRST_PORT + index * PORT_STEP } : {}),
    env_file: ".env?",
    source,
  }));
}
