import { readdirSync } from "node:fs";
import { readText } from "../system/files.ts";
import { reap } from "../system/libc.ts";

/** A zombie older than this, ms, is an orphan: Bun waits for its own children itself. */
const PAUSE = 1000;

/** Whether this is the first process of a container: its end ends the container, and orphans become its children. */
export const isInit = (): boolean => process.pid === 1;

/** As the first process of a container: reaps orphans until the returned function is called. */
export function reapOrphans(): () => void {
  if (!isInit()) return () => {};
  let before: number[] = [];
  let timer: Timer | undefined;
  const look = (): void => {
    const zombies = zombieChildren();
    const left = zombies.filter((pid) => !before.includes(pid));
    for (const pid of zombies) if (!left.includes(pid)) reap(pid);
    before = left;
    timer = left.length > 0 ? setTimeout(look, PAUSE) : undefined;
  };
  const lookSoon = (): void => void (timer ??= setTimeout(look, PAUSE));
  process.on("SIGCHLD", lookSoon);
  lookSoon();
  return () => {
    process.off("SIGCHLD", lookSoon);
    clearTimeout(timer);
  };
}

/** proc_pid_stat(5): `pid (name) state parent`. */
function zombieChildren(): number[] {
  const isOwn = new RegExp(`\\) Z ${process.pid} [^)]*$`);
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => isOwn.test(readText(`/proc/${pid}/stat`) ?? "")).map(Number);
}
