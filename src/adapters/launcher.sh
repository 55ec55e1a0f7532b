# Lives in a task's pane as long as its window does: waits to be told, runs the command, puts its end on record, waits
# again. So a window survives its command, statuses are exact on every tmux, no last output is lost with the pane's
# process, and nothing depends on another process of taskmux being alive.
# $1: the task's directory. TASKDIR/launch is the script of the next launch, TASKDIR/go the FIFO that tells.

D=$1
umask 077
# C-c in the pane ends the command, not the launcher. A closed window ends it: only then the kernel hangs up on the
# command too.
trap interrupted=1 INT
trap : QUIT TERM
exec 3<>"$D/go" # read-write: opening never blocks, reading never sees an end of file
exec 4>&2 2>/dev/null
key=

mark() { printf '\033]7776;%s;%s\033\\' "$key" "$1"; }

# For the people at the window; the log has lines of its own.
note() {
  mark note
  tidy
  printf '\033[2m[taskmux] %s\033[0m\n' "$1"
  mark end
}

# What a program that was killed in full-screen mode leaves behind: alternate screen, hidden cursor, mouse, paste marks.
tidy() {
  LC_ALL=C stty sane <&4 # whatever locale there is to load
  printf '\033[?1049l\033[?25h\033[?1000;1002;1003;1006;2004l\033[0m'
}

# In a subshell, which becomes the command: it has the pid that goes on record. /proc tells it its pid; where there is
# none, a shell of its own knows it.
run_script() {
  exec 3<&- 2>&4 4>&-
  if read -r stat </proc/self/stat; then
    pid=${stat%% *}
    . "$D/launch"
  fi
  exec /bin/sh -c 'pid=$$ stat= D=$1; . "$0"' "$D/launch" "$D"
} 2>/dev/null

launch() {
  # The shell names the signal that ended a command on its stderr, which tells `exit 137` from a SIGKILL. It keeps
  # silent about SIGPIPE, and about SIGINT, which comes to the whole terminal.
  interrupted=
  { (run_script); rc=$?; } 2>"$D/died"
  kind=exit
  if [ "$rc" -gt 128 ]; then
    if [ -s "$D/died" ] || [ "$rc" -eq 141 ] || [ "$rc$interrupted" = 1301 ]; then
      kind=signal rc=$((rc - 128))
    fi
  fi
  printf 'exit %s %s %s\n' "$1" "$rc" "$kind" >>"$D/record"
  # Wakes the monitor. Not with `:`, for which a failure to write would be the end of this shell.
  printf '' >"${D%/tasks/*}/news/${D##*/}"
  mark "exit;$1;$rc;$kind"
  if [ "$kind" = exit ]; then note "exited with status $rc"; else note "ended by signal $rc"; fi
}

failures=0
while :; do
  # A signal ends `read` too: that is no reason to go. A descriptor that can't be read is.
  if read -r what run secret <&3; then
    failures=0
    case $what in
      launch)
        key=$secret
        launch "$run"
        ;;
      # What was told before is done: whoever asks finds the record up to date.
      sync) printf '%s\n' "$run" >"$D/synced" ;;
    esac
  else
    failures=$((failures + 1))
    [ "$failures" -lt 100 ] || exit 1
  fi
done
