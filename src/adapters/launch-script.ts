/** All that the launcher needs to run a task's command. */
export interface Launch {
  run: string;
  command: string;
  /** Absolute path of the shell that runs `command`. */
  shell: string;
  /** Absolute. */
  cwd: string;
  umask: number;
  /** The complete environment, but for what tmux sets in the pane. */
  environment: Record<string, string>;
}

/** Assigning these ends a POSIX sh, or means something to it: `env` sets them past it. */
const SHELLS_OWN = new Set(
  "UID EUID PPID SHELLOPTS BASHOPTS BASH_VERSINFO OPTIND IFS LINENO RANDOM SECONDS".split(" "),
);

const isAssignable = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !SHELLS_OWN.has(name);

/** One word of a POSIX shell, whatever it holds. */
export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Long commands are cut in what people see at the window. */
const MOST_SHOWN = 200;

/** A command's first line, free of control characters, for one line of text. */
export function firstLine(command: string): string {
  const line = command.trim().split("\n", 1)[0] ?? "";
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  const shown = line.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
  return shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}…` : shown;
}

/**
 * The script of one launch, run by a /bin/sh of its own in the pane, which becomes the command: it has the pid that goes
 * on record. Only builtins run before that, so it costs one exec. `directory` is the task's, `key` its marks' secret.
 */
export function launchScript(launch: Launch, directory: string, key: string): string {
  const names = Object.keys(launch.environment);
  const value = (name: string) => launch.environment[name] ?? "";
  const exports = names.filter(isAssignable).map((name) => `export ${name}=${quote(value(name))}`);
  const others = names.filter((name) => !isAssignable(name));
  const env = others.map((name) => quote(`${name}=${value(name)}`)).join(" ");
  const mark = (text: string) => `printf '\\033]7776;%s;%s\\033\\\\' ${key} "${text}"`;
  return [
    // The shell's own complaints (a locale that isn't there) are not the task's output.
    "exec 5>&2 2>/dev/null",
    // proc(5): pid and start time are the process's identity. Field 22 is the 20th after the name.
    "started() { stat=; [ -r /proc/$1/stat ] && read -r stat </proc/$1/stat; set -- ${stat##*) }; start=${20-}; }",
    "started $PPID; parent=$start; started $$",
    `printf 'start %s %s %s %s %s\\n' ${launch.run} $$ "$start" $PPID "$parent" >${quote(`${directory}/record`)}`,
    mark(`start;${launch.run};$$`),
    mark("note"),
    `printf '\\033[2m[taskmux] started pid %s: %s\\033[0m\\n' $$ ${quote(firstLine(launch.command))}`,
    mark("end"),
    "unset stat start parent; unset -f started",
    `cd ${quote(launch.cwd)} || { printf '[taskmux] cannot enter %s\\n' ${quote(launch.cwd)} >&5; exit 126; }`,
    `umask ${launch.umask.toString(8).padStart(4, "0")}`,
    ...exports,
    "exec 2>&5 5>&-",
    `exec ${env ? `env ${env} ` : ""}${quote(launch.shell)} -c ${quote(launch.command)}`,
    "",
  ].join("\n");
}
