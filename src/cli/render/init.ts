import { relative } from "node:path";
import type {
  InjectedAgent,
  Initiation,
  Injection,
  McpInstallation,
} from "../../domain/results/init.ts";

/** The result of `init`, a line per file, and the next step; paths are relative to `cwd`. */
export function renderInit(result: Initiation, cwd: string): string[] {
  const { action, config_path, session, tasks } = result;
  const holds = `session ${session}, ${tasks.length === 0 ? "no tasks" : `tasks ${tasks.join(", ")}`}`;
  const path = shortPath(config_path, cwd);
  const said = action === "created" ? `created ${path}` : `${path} exists`;
  const next = tasks.length > 0 ? ["next: taskmux start"] : [];
  return [`${said}: ${holds}`, ...renderInject(result, cwd), ...next];
}

/** A line for each context file, with its agents. */
export function renderInject({ agents }: Pick<Injection, "agents">, cwd: string): string[] {
  const files = Map.groupBy(agents, ({ file }) => file);
  return [...files].map(
    ([file, ours]) => `${saidOf(ours)} ${shortPath(file, cwd)}: ${ours.map(nameOf).join(", ")}`,
  );
}

const shortPath = (path: string, cwd: string): string => {
  const short = relative(cwd, path);
  return short.startsWith("..") ? path : short;
};

const nameOf = ({ agent }: InjectedAgent): string => agent;

const saidOf = ([first]: InjectedAgent[]): string => first?.action ?? "unchanged";

/** A line for each file in which the server is registered; of `--print`, what belongs into it. */
export function renderInstallation({ clients }: McpInstallation, cwd: string): string[] {
  return clients.flatMap(({ client, file, action, text }) =>
    text === undefined
      ? [`${action} ${shortPath(file, cwd)}: ${client}`]
      : [`# ${client}: ${shortPath(file, cwd)}`, ...text.trimEnd().split("\n"), ""],
  );
}
