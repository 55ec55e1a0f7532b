import { tomlKey, tomlString, type TomlValue, tomlValue } from "../toml/write.ts";
import type { Proposal } from "./proposal.ts";

/** The text of a new taskmux.toml with these tasks; without tasks, it has an example in comments. */
export function draftConfig(session: string, tasks: readonly Proposal[]): string {
  const head = `${HEAD}name = ${tomlString(session.toWellFormed())}\n`;
  if (tasks.length === 0) return `${head}\n${EXAMPLE}`;
  return `${head}\n${tasks.map(draftTask).join("\n")}`;
}

const HEAD =
  "# The tasks that `taskmux start` runs. `taskmux check` reports errors in this file.\n";

const EXAMPLE = `[tasks]
# web = "npm run dev"

# [tasks.db]
# command = "docker compose up postgres"
# health_tcp = 5432

# [tasks.api]
# command = "python manage.py runserver"
# cwd = "apps/api"
# port = 8000
# depends_on = ["db"]
# health_url = "http://localhost:8000/health"
`;

/** A task's block, without fields that have their default. */
function draftTask(task: Proposal): string {
  const lines = FIELDS.flatMap((field) => {
    const value = task[field];
    const isDefault = value === undefined || (field === "auto_start" && value === true);
    return isDefault ? [] : [`${field} = ${tomlValue(wellFormed(value))}`];
  });
  return [`[tasks.${tomlKey(task.name)}]`, ...lines, ""].join("\n");
}

/** Fields in the order in which they are written. */
const FIELDS = [
  "command",
  "cwd",
  "auto_start",
  "profiles",
  "oneshot",
  "port",
  "env_file",
  "depends_on",
  "health_check",
  "health_tcp",
] as const satisfies (keyof Proposal)[];

/** TOML is UTF-8, which can't encode lone surrogates. */
function wellFormed(value: TomlValue): TomlValue {
  if (typeof value === "string") return value.toWellFormed();
  return Array.isArray(value) ? value.map((one: string) => one.toWellFormed()) : value;
}
