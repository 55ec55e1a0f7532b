import { quote } from "../../domain/values/shell-word.ts";
import { markText, noteText } from "../../domain/logs/marks.ts";
import { printableLine } from "../../domain/values/printable.ts";

/** Everything the launcher needs to run a task's command. */
export interface Launch {
  run: string;
  command: string;
  /** Absolute path of the shell that runs `command`. */
  shell: string;
  /** Absolute. */
  cwd: string;
  umask: number;
  /** Soft limit of open files; null: that of the tmux server. */
  fileLimit?: number | null;
  /** The complete environment, except for the variables that tmux sets in the pane. */
  environment: Record<string, string>;
}

/** Assigning these ends a POSIX sh, or changes its behaviour: they are set with `env`. */
const SHELLS_OWN = new Set(
  "UID EUID PPID SHELLOPTS BASHOPTS BASH_VERSINFO OPTIND IFS LINENO RANDOM SECONDS".split(" "),
);

const isAssignable = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !SHELLS_OWN.has(name);

/** Maximum length of a command that is shown in the window. */
const MOST_SHOWN = 200;

/** The first line of a command, without control characters. */
export function firstLine(command: string): string {
  const line = command.trim().split("\n", 1)[0] ?? "";
  const shown = printableLine(line);
  return shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}…` : shown;
}

/** Variables that tmux sets for the pane. */
const PANES_OWN = new Set("TERM TMUX TMUX_PANE TERM_PROGRAM TERM_PROGRAM_VERSION".split(" "));

/**
 * Without /proc, `ps` gives the start times of the command's process and of its launcher: as one word, in UTC, like in
 * ps.ts. If `ps` fails, both are empty.
 */
const STARTS_BY_PS = [
  `[ -n "$stat" ] || set -- $(TZ=UTC0 LC_ALL=C ps -o pid= -o lstart= -p "$pid,$parent")`,
  `while [ -z "$stat" ] && [ $# -ge 6 ]; do`,
  `  [ "$1" = "$pid" ] && start=$2_$3_$4_$5_$6`,
  `  [ "$1" = "$parent" ] && of_parent=$2_$3_$4_$5_$6`,
  "  shift 6",
  "done",
];

/**
 * The script of one launch. The launcher sources it in a subshell, with its variables `D` and `pid` and, with /proc,
 * `stat`; the subshell runs only builtins until it becomes the command. `directory` is the task's, `key` the secret of its
 * marks, `forget` the absolute path of the script made by {@link unsetScript}.
 */
export function launchScript(
  launch: Launch,
  directory: string,
  key: string,
  forget: string,
): string {
  const cwd = quote(launch.cwd);
  return [
    // The shell's own error messages (a missing locale) are not the task's output.
    "exec 5>&2 2>/dev/null",
    // proc(5): pid and start time identify a process. Field 22 is the 20th after the name; field 4 is the parent.
    "set -- ${stat##*') '}; start=${20-} parent=${2-$PPID}",
    `[ -n "$stat" ] && read -r stat </proc/$parent/stat; set -- \${stat##*') '}; of_parent=\${20-} above=\${2-}`,
    // The launcher's parent is its keeper, or tmux if there is none.
    `[ -n "$stat" ] && read -r stat </proc/$above/stat; set -- \${stat##*') '}; of_above=\${20-}`,
    ...STARTS_BY_PS,
    `printf 'start %s %s %s %s %s %s %s\\n' ${launch.run} $pid "$start" $parent "$of_parent" "$above" "$of_above" >>${quote(`${directory}/record`)}`,
    // Notifies the monitor.
    `printf '' >"\${D%/tasks/*}/news/\${D##*/}"`,
    printStart(launch, key),
    "unset stat pid start parent of_parent above of_above",
    `. ${quote(forget)}`,
    `cd ${cwd} || { printf '[taskmux] cannot enter %s\\n' ${cwd} >&5; exit 126; }`,
    `umask ${launch.umask.toString(8).padStart(4, "0")}`,
    ...exports(launch.environment),
    "exec 2>&5 5>&-",
    // A limit above the server's hard limit is ignored. yash can't move descriptors above the limit: so it is set last.
    ...(launch.fileLimit ? [`ulimit -S -n ${launch.fileLimit} 2>/dev/null`] : []),
    `exec "$@" ${setOthers(launch)}${quote(launch.shell)} -c ${quote(launch.command)}`,
    "",
  ].join("\n");
}

/** Prints the marks of a launch, and a line for the window, in one write, so that no other output comes in between. */
function printStart({ run, command }: Launch, key: string): string {
  const shown = firstLine(command);
  const note = noteText("[taskmux] started pid %s: %s", key);
  const format = `${markText("start;%s;%s", key)}${markText("note;%s", key)}${note}`;
  const length = Buffer.byteLength(noteText(`[taskmux] started pid : ${shown}`, key));
  return `printf '${asFormat(format)}' ${run} $pid $((${length} + \${#pid})) $pid ${quote(shown)}`;
}

/** A text with escape sequences, as a format for printf(1). */
const asFormat = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll("\x1b", "\\033");

/** The variables that a shell can set itself. */
const exports = (environment: Record<string, string>): string[] =>
  Object.entries(environment)
    .filter(([name]) => isAssignable(name))
    .map(([name, value]) => `export ${name}=${quote(value)}`);

const othersIn = (environment: Record<string, string>): string[] =>
  Object.entries(environment)
    .filter(([name]) => !isAssignable(name))
    .map(([name, value]) => `${name}=${value}`);

/** The words that set the other variables. */
function setOthers({ environment }: Launch): string {
  const others = othersIn(environment);
  return others.length === 0 ? "" : `env ${others.map(quote).join(" ")} `;
}

/**
 * The script that unsets the variables that a launcher inherits from tmux, which has the environment of the process that
 * started its server. Variables that no shell can unset are left to env(1), as the words "$@" before a command.
 */
export function unsetScript(names: readonly string[]): string {
  const stale = names.filter((name) => !PANES_OWN.has(name));
  const unset = stale.filter(isAssignable);
  const others = stale.filter((name) => !isAssignable(name) && !SHELLS_OWN.has(name));
  const words =
    others.length > 0 ? ` env ${others.map((name) => `-u ${quote(name)}`).join(" ")}` : "";
  return `${unset.length > 0 ? `unset ${unset.join(" ")}\n` : ""}set --${words}\n`;
}

/** A script that moves its process group to the foreground of its terminal, for launcher.sh. */
export function takeTerminalScript(ownCommand: readonly string[]): string {
  const own = [...ownCommand, "__take-terminal"];
  const words = ["env", "-u", "BUN_BE_BUN", "-u", "BUN_OPTIONS", ...own];
  return `exec ${words.map(quote).join(" ")}\n`;
}
