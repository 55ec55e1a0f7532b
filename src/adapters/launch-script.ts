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
  /** Absolute path of the script of {@link forgetScript}. */
  forget: string;
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

/** What tmux sets for the pane itself. */
const PANES_OWN = new Set("TERM TMUX TMUX_PANE TERM_PROGRAM TERM_PROGRAM_VERSION".split(" "));

/**
 * The script of one launch. The launcher sources it in a subshell, with its `D` and `pid` and, where there is /proc, its `stat`;
 * only builtins run until that becomes the command. `directory` is the task's, `key` its marks' secret.
 */
export function launchScript(launch: Launch, directory: string, key: string): string {
  const mark = (text: string) => `printf '\\033]7776;%s;%s\\033\\\\' ${key} "${text}"`;
  const cwd = quote(launch.cwd);
  return [
    // The shell's own complaints (a locale that isn't there) are not the task's output.
    "exec 5>&2 2>/dev/null",
    // proc(5): pid and start time are a process's identity. Field 22 is the 20th after the name; field 4 is the parent.
    "set -- ${stat##*) }; start=${20-} parent=${2-$PPID}",
    '[ -n "$stat" ] && read -r stat </proc/$parent/stat; set -- ${stat##*) }',
    `printf 'start %s %s %s %s %s\\n' ${launch.run} $pid "$start" $parent "\${20-}" >>${quote(`${directory}/record`)}`,
    // Wakes the monitor.
    `printf '' >"\${D%/tasks/*}/news/\${D##*/}"`,
    mark(`start;${launch.run};$pid`),
    mark("note"),
    `printf '\\033[2m[taskmux] started pid %s: %s\\033[0m\\n' $pid ${quote(firstLine(launch.command))}`,
    mark("end"),
    "unset stat pid start parent",
    `. ${quote(launch.forget)}`,
    `cd ${cwd} || { printf '[taskmux] cannot enter %s\\n' ${cwd} >&5; exit 126; }`,
    `umask ${launch.umask.toString(8).padStart(4, "0")}`,
    ...exports(launch.environment),
    "exec 2>&5 5>&-",
    `exec "$@" ${otherVariables(launch.environment)}${quote(launch.shell)} -c ${quote(launch.command)}`,
    "",
  ].join("\n");
}

/** What a shell can set itself. */
const exports = (environment: Record<string, string>): string[] =>
  Object.entries(environment)
    .filter(([name]) => isAssignable(name))
    .map(([name, value]) => `export ${name}=${quote(value)}`);

/** The rest is left to env(1). */
function otherVariables(environment: Record<string, string>): string {
  const others = Object.entries(environment).filter(([name]) => !isAssignable(name));
  if (others.length === 0) return "";
  return `env ${others.map(([name, value]) => quote(`${name}=${value}`)).join(" ")} `;
}

/**
 * The script that rids a launcher of the environment that tmux gave it: that of whoever started the server. What no
 * shell can unset it leaves to env(1), as the words "$@" to begin a command with.
 */
export function forgetScript(names: readonly string[]): string {
  const stale = names.filter((name) => !PANES_OWN.has(name));
  const unset = stale.filter(isAssignable);
  const others = stale.filter((name) => !isAssignable(name) && !SHELLS_OWN.has(name));
  const words =
    others.length > 0 ? ` env ${others.map((name) => `-u ${quote(name)}`).join(" ")}` : "";
  return `${unset.length > 0 ? `unset ${unset.join(" ")}\n` : ""}set --${words}\n`;
}
