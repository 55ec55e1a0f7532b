import type { Proposal } from "./proposals.ts";

/** The text of a new taskmux.toml with these tasks; without any, an example stands in it as a comment. */
export function draftConfig(session: string, tasks: readonly Proposal[]): string {
  const head = `${HEAD}name = ${tomlString(session)}\n`;
  if (tasks.length === 0) return `${head}\n${EXAMPLE}`;
  return `${head}\n${tasks.map(draftTask).join("\n")}`;
}

const HEAD =
  "# What `taskmux start` runs here. `taskmux check` says what is wrong with this file.\n";

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

function draftTask({ name, command, auto_start, port, env_file }: Proposal): string {
  const lines = [
    `[tasks.${/^[A-Za-z0-9_-]+$/.test(name) ? name : tomlString(name)}]`,
    `command = ${tomlString(command)}`,
    ...(auto_start ? [] : ["auto_start = false"]),
    ...(port === undefined ? [] : [`port = ${port}`]),
    ...(env_file === undefined ? [] : [`env_file = ${tomlString(env_file)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** A TOML string: literal where that reads better, else basic; JSON's escapes are TOML's, but DEL and lone surrogates. */
function tomlString(value: string): string {
  const text = value.toWellFormed();
  if (/["\\]/.test(text) && !/['\0-\x1f\x7f]/.test(text)) return `'${text}'`;
  return JSON.stringify(text).replaceAll("\x7f", "\\u007F");
}
