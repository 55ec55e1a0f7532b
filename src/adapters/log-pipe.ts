import { quote } from "./launch-script.ts";

/**
 * The POSIX sh script at the end of a pane's pipe; `$1` is the task's directory. It replaces a log writer that dies at
 * once: the sh keeps the pipe, so what is in it is read by the next one. Where no writer can live it drains: a pipe that
 * nobody reads makes the tmux server grow without limit. `writerCommand` is an argument list, the directory is added.
 * `$hold` may be a FIFO that holds the writer back until it gives a line (see log-hold.ts).
 */
export function logPipeScript(writerCommand: readonly string[]): string {
  return script.replace("WRITER", () => writerCommand.map(quote).join(" "));
}

// The environment is the tmux server's, of the day it started: of it only what a dynamic loader may need is passed on, and
// nothing that turns our binary into another program (BUN_BE_BUN, BUN_OPTIONS). A server that is told to end takes the
// pipe with it, whose end is the writer's: signals to the server's whole group must not lose the last lines.
const script = `trap '' HUP INT TERM
umask 077
cd /
if [ -p "\${hold-}" ]; then
  exec 3<>"$hold"
  read -r _ <&3
  exec 3<&-
fi
failures=0 died=0
until env -i PATH="$PATH" \${LD_LIBRARY_PATH:+"LD_LIBRARY_PATH=$LD_LIBRARY_PATH"} \\
  \${NIX_LD:+"NIX_LD=$NIX_LD"} \${NIX_LD_LIBRARY_PATH:+"NIX_LD_LIBRARY_PATH=$NIX_LD_LIBRARY_PATH"} \\
  WRITER "$1"
do
  now=$(date +%s)
  [ $((now - died)) -lt 2 ] || failures=0
  died=$now failures=$((failures + 1))
  [ "$failures" -gt 20 ] || continue
  [ -s "$1/writer-error" ] || echo "The log writer can't be started" >"$1/writer-error"
  bytes=$(dd bs=65536 count=1 2>/dev/null | wc -c)
  [ "$bytes" -gt 0 ] || exit 1
done
`;
