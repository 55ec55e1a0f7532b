import { composeProposals } from "./compose.ts";
import { suggestName, validTaskName } from "./config-names.ts";
import type { WrittenTask } from "./config.ts";
import { packageManager, scriptProposals } from "./package-scripts.ts";
import { procfileProposals } from "./procfile.ts";

/** A task that `init` proposes: what would be written of it, and the file that it comes from. */
export interface Proposal extends Pick<WrittenTask, "command" | "port"> {
  name: string;
  auto_start: boolean;
  env_file?: string;
  source: string;
}

/** What a directory has that says how its project is run; null where it has no such file. */
export interface ProjectFiles {
  packageJson: { manifest: unknown; lockFile: string | null } | null;
  procfile: { name: string; text: string } | null;
  compose: { name: string; parsed: unknown } | null;
}

/** The most tasks that are proposed: nobody reads more. */
const MOST = 100;

/** The tasks of these files, with names that are valid and differ. A Procfile says what starts by itself. */
export function proposeTasks({ packageJson, procfile, compose }: ProjectFiles): Proposal[] {
  const entries = procfile ? procfileProposals(procfile.text, procfile.name) : [];
  const scripts = packageJson ? scriptsOf(packageJson, entries) : [];
  const own = [...entries, ...scripts];
  const services = compose ? composeProposals(compose.parsed, compose.name, own.length > 0) : [];
  return withNames([...own, ...services].filter(isRunnable).slice(0, MOST));
}

function scriptsOf(
  { manifest, lockFile }: NonNullable<ProjectFiles["packageJson"]>,
  entries: readonly Proposal[],
): Proposal[] {
  const known = new Set(entries.map(({ command }) => command));
  return scriptProposals(manifest, packageManager(manifest, lockFile))
    .filter(({ command }) => !known.has(command))
    .map((script) => (entries.length > 0 ? { ...script, auto_start: false } : script));
}

const isRunnable = ({ command }: Proposal): boolean => !command.includes("\0");

function withNames(proposals: readonly Proposal[]): Proposal[] {
  const taken = new Set<string>();
  return proposals.map((proposal) => {
    const name = freeName(
      validTaskName(proposal.name) ? proposal.name : suggestName(proposal.name),
      taken,
    );
    taken.add(name.toLowerCase());
    return { ...proposal, name };
  });
}

/** Names that differ in case only would share a log file on macOS. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const suffix = count === 1 ? "" : `-${count}`;
    const candidate = name.slice(0, 64 - suffix.length) + suffix;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}
