import {
  DISCARDED,
  HUB_GATE,
  HUB_MESSAGES,
  HUB_RECORD,
  LOG_GAP,
  OUTPUT_FIFO,
} from "../logs/hub-files.ts";
import { quote } from "../../domain/values/shell-word.ts";
import { IDENTIFY_SELF } from "./shell-identity.ts";

/** Exit statuses of a hub after which its script ends: no window is left, or another hub runs. */
export const HUB_DONE = 0;
export const HUB_NOT_NEEDED = 3;

/**
 * The POSIX sh script that keeps a session's log hub running; `$1` is the session's run directory. It starts itself again in
 * the background, with the loader's variables only, and restarts a hub that dies. The FIFO for the hub's messages stays open
 * here, so a message that no hub has read is kept. A command may hold the first hub back (hub-gate.ts): the script waits until
 * no process can write to the gate's FIFO. If no hub can run, it discards the output of all tasks: otherwise the
 * pipes would fill, and the tmux server's memory would grow without limit. `hubCommand` is an argument list; the script
 * appends the directory, its own pid and start time, and the exit status of the hub that died, if any.
 */
export function logHubScript(hubCommand: readonly string[]): string {
  return SCRIPT.replace("HUB_COMMAND", () => hubCommand.map(quote).join(" "));
}

// The environment is that of the tmux server, from when it started. Only variables for the dynamic loader are passed on;
// none that turn this executable into another program (BUN_BE_BUN, BUN_OPTIONS), and no mark of a task. A hub that has
// died 20 times within seconds of its start can't run, unless it had its record and was killed.
const SCRIPT = `if [ "\${2-}" != clean ]; then
  env -i PATH="$PATH" \${LD_LIBRARY_PATH:+"LD_LIBRARY_PATH=$LD_LIBRARY_PATH"} \\
    \${NIX_LD:+"NIX_LD=$NIX_LD"} \${NIX_LD_LIBRARY_PATH:+"NIX_LD_LIBRARY_PATH=$NIX_LD_LIBRARY_PATH"} \\
    /bin/sh "$1/log-hub.sh" "$1" clean </dev/null >/dev/null 2>&1 &
  exit 0
fi
trap '' HUP INT TERM
umask 077
cd /
R=$1
${IDENTIFY_SELF}
[ -p "$R/${HUB_MESSAGES}" ] || exit 1
exec 3<>"$R/${HUB_MESSAGES}"
[ -s "$R/${HUB_RECORD}" ] || printf 'script %s\\n' "$self" >"$R/${HUB_RECORD}"
if [ -p "$R/${HUB_GATE}" ]; then
  exec 4<>"$R/${HUB_GATE}" 5<"$R/${HUB_GATE}" 4>&-
  read -r _ <&5
  exec 5<&-
fi

# Appends: a reader that finds the record empty takes it that no hub was ever started.
record() {
  script=
  while read -r role process; do [ "$role" != script ] || script=$process; done <"$R/${HUB_RECORD}"
  [ "$script" = "$self" ] || printf 'script %s\\n' "$self" >>"$R/${HUB_RECORD}"
}

# Returns after two seconds; ends the script if no window is left.
discard() {
  readers=
  for pipe in "$R"/tasks/*/pipe; do
    D=\${pipe%/pipe}
    { read -r pid _ <"$pipe"; } 2>/dev/null || continue
    kill -0 "$pid" 2>/dev/null && [ -p "$D/${OUTPUT_FIFO}" ] || continue
    [ -s "$D/writer-error" ] || echo "The log hub can't be started" >"$D/writer-error"
    echo ${DISCARDED} >"$D/${LOG_GAP}"
    cat <"$D/${OUTPUT_FIFO}" >/dev/null 3>&- &
    readers="$readers $!"
  done
  if [ -z "$readers" ]; then
    printf '' >"$R/${HUB_RECORD}"
    exit 1
  fi
  record
  sleep 2
  kill -KILL $readers
  wait
} 2>/dev/null

failures=0 died=0 status= before=
until HUB_COMMAND "$R" "$self" $status 3>&-; do
  status=$?
  # ksh and yash add more than 128 to a signal's number.
  [ "$status" -le 256 ] || status=$((status % 128 + 128))
  [ "$status" -ne ${HUB_NOT_NEEDED} ] || exit 0
  hub=
  { read -r _ hub <"$R/${HUB_RECORD}"; } 2>/dev/null
  now=$(date +%s)
  if [ "$status" -eq 137 ] && [ "$hub" != "$before" ] || [ $((now - died)) -ge 2 ]; then failures=0; fi
  before=$hub failures=$((failures + 1))
  [ "$failures" -le 20 ] || discard
  died=$(date +%s)
done
`;
