import { portFlagOf } from "./port-flag.ts";
import type { Proposal } from "./proposal.ts";

/** A directory with a `manage.py`. */
export interface DjangoProject {
  /** Relative to the project's directory, which is "". */
  directory: string;
  /** The Python that runs it, as a command there. */
  python: string;
}

/** The programs of a project that no package.json or Procfile names. */
export interface Frameworks {
  django: DjangoProject[];
  /** Whether there is a `bin/rails`. */
  rails: boolean;
}

/** Proposes the development servers of Django and Rails. */
export const frameworkProposals = ({ django, rails }: Frameworks): Proposal[] => [
  ...django.map(djangoServer),
  ...(rails ? [serverOf("rails", "bin/rails server", "bin/rails")] : []),
];

/** One below the project's directory gets the name of its own, as packages do. */
function djangoServer({ directory, python }: DjangoProject): Proposal {
  const command = `${python} manage.py runserver`;
  if (directory === "") return serverOf("django", command, "manage.py");
  const name = directory.split("/").at(-1)!;
  return { ...serverOf(name, command, `${directory}/manage.py`), cwd: directory };
}

function serverOf(name: string, command: string, source: string): Proposal {
  const { argument, port } = portFlagOf(command)!;
  return { name, command: `${command} ${argument}`, port: `${port}+`, auto_start: true, source };
}
