import { portFlagOf } from "./port-flag.ts";
import type { Proposal } from "./proposal.ts";

/** The programs of a project that no package.json or Procfile names. */
export interface Frameworks {
  /** The Python that runs `manage.py`, as a command; null without Django. */
  django: string | null;
  /** Whether there is a `bin/rails`. */
  rails: boolean;
}

/** Proposes the development servers of Django and Rails. */
export const frameworkProposals = ({ django, rails }: Frameworks): Proposal[] => [
  ...(django === null ? [] : [serverOf("django", `${django} manage.py runserver`, "manage.py")]),
  ...(rails ? [serverOf("rails", "bin/rails server", "bin/rails")] : []),
];

function serverOf(name: string, command: string, source: string): Proposal {
  const { argument, port } = portFlagOf(command)!;
  return { name, command: `${command} ${argument}`, port: `${port}+`, auto_start: true, source };
}
