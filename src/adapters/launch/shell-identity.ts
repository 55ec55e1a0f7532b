import { processesDirectory } from "../system/platform.ts";

/**
 * POSIX sh: sets `self` to the pid and the start time of the shell, as recorded in files. proc(5): field 22 is the 20th
 * after the name. Without /proc, `ps` gives the start time: as one word, in UTC, like in ps.ts. Changes the arguments.
 */
export const IDENTIFY_SELF = `stat=
{ read -r stat; } 2>/dev/null <${processesDirectory}/self/stat
set -- \${stat##*') '}
start=\${20-}
[ -n "$stat" ] || set -- $(TZ=UTC0 LC_ALL=C ps -o lstart= -p $$ 2>/dev/null)
[ -n "$stat" ] || [ $# -ne 5 ] || start=$1_$2_$3_$4_$5
self="$$ $start"`;
