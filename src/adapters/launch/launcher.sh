# The process of a task's pane, for as long as the window exists: waits for a message, runs the command, records how it
# ended, and waits again. So a window outlives its command, exit statuses are exact with every version of tmux, no output
# is lost with the pane's process, and no other taskmux process has to be running.
# $1: the task's directory. TASKDIR/launch is the script of the next launch.
# $2: the directory where the system describes processes; one that doesn't exist on systems without.
# $3: the name of the FIFO for messages, in the task's directory. It is gone if another launcher has taken this one's place.

# zsh doesn't tell a command that was ended by a signal from one that exits with a status above 128.
if [ -n "${ZSH_VERSION-}" ] && [ -z "${BASH_VERSION-}" ] && command -v bash >/dev/null; then exec bash --posix "$0" "$@"; fi

D=$1 PROC=${2-/proc} GO=$1/$3
umask 077
# C-c in the pane ends the command, not the launcher. A closed window must end the launcher: only when the session's
# leader ends, the kernel sends SIGHUP to the command too.
trap interrupted=1 INT
trap : QUIT TERM
[ -p "$GO" ] || exit 1
exec 3<>"$GO" # read-write: opening never blocks, reading never sees an end of file
exec 4>&2 2>/dev/null
# If the window was closed before it became this process's terminal, no SIGHUP comes.
[ -t 0 ] || exit 1
# The modes that each command finds. LC_ALL so that no locale is loaded.
modes=$(LC_ALL=C stty -g <&4)
terminal=$(LC_ALL=C tty)
key=

mark() { printf '\033]7776;%s;%s\033\\' "$key" "$1"; }

# Prints a note for people in the window; the log has its own lines. A single write, so that no other output comes in
# between, with the length for the log hub.
note() {
  LC_ALL=C stty "${modes:-sane}" <&4
  printf '\033]7776;%s;note;%s\033\\'"$tidy"'\033[2m[taskmux] %s\033[0m\033E\033]7776;%s;end\033\\' \
    "$key" $((79 + ${#1} + ${#key})) "$1" "$key"
}

# Resets what a program killed in full-screen mode leaves: alternate screen, hidden cursor, mouse, bracketed paste.
tidy='\033[?1049l\033[?25h\033[?1000;1002;1003;1006;2004l\033[0m'

# Runs in a subshell that becomes the command, so its pid is the one to record. It reads its pid from /proc, or starts
# another shell, which knows it: without /proc, and in ksh, where a subshell has no process of its own until it executes.
# The error message about a missing /proc is not the task's output. The terminal is opened once more: if the command leaves
# `O_NONBLOCK`, that holds neither for the launcher nor for the next command.
run_script() {
  exec 3<&- 4>&- 0<>"$terminal" 1>&0 2>&0
  if { read -r stat <"$PROC/self/stat"; } 2>/dev/null && [ "${stat%% *}" != $$ ]; then
    pid=${stat%% *}
    . "$D/launch"
  fi
  exec /bin/sh -c 'D=$1 pid=$$ stat=; { read -r stat <"$2/self/stat"; } 2>/dev/null; . "$0"' "$D/launch" "$D" "$PROC"
} 2>/dev/null

# A killed command may leave the terminal with a process group that no longer exists (`bash -i` takes the foreground):
# then C-c reaches no process, and reads fail with EIO. Without /proc this is assumed after every end by a signal.
take_terminal() {
  { read -r stat <"$PROC/$$/stat"; } 2>/dev/null || stat=
  set -- "$1" ${stat##*') '}
  if [ -n "$stat" ]; then [ "$4" != "$7" ]; else [ "$1" = signal ]; fi || return 0
  /bin/sh "${D%/tasks/*}/take-terminal.sh" <&4
}

launch() {
  # The shell prints the signal that ended a command on stderr, which distinguishes `exit 137` from SIGKILL. It prints
  # nothing for SIGPIPE, nor for SIGINT, which the whole terminal gets. In ksh and yash a signal is a status above 256.
  interrupted=
  { (run_script); rc=$?; } 2>"$D/died"
  kind=exit
  if [ "$rc" -gt 128 ]; then
    if [ -s "$D/died" ] || [ "$rc" -gt 256 ] || [ "$rc" -eq 141 ] || [ "$rc$interrupted" = 1301 ]; then
      kind=signal rc=$((rc % 128))
    fi
  fi
  take_terminal "$kind"
  printf 'exit %s %s %s\n' "$1" "$rc" "$kind" >>"$D/record"
  # Notifies the monitor. Not with `:`: a failed redirection of a special builtin would end this shell.
  printf '' >"${D%/tasks/*}/news/${D##*/}"
  mark "exit;$1;$rc;$kind"
  if [ "$kind" = exit ]; then note "exited with status $rc"; else note "ended by signal $rc"; fi
}

failures=0
while :; do
  # A signal interrupts `read` too, which must not end the loop; a descriptor that can't be read must.
  if read -r what run secret <&3; then
    failures=0
    case $what in
      launch)
        key=$secret
        launch "$run"
        ;;
      # All earlier messages have been processed, so the record is up to date.
      sync) printf '%s\n' "$run" >"$D/synced" ;;
    esac
  else
    failures=$((failures + 1))
    [ "$failures" -lt 100 ] || exit 1
  fi
done
