import { closeSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { openProcess, signalProcess } from "../system/libc.ts";
import { readProcess, type ProcessIdentity, isAlive } from "./table.ts";
import { system } from "../system/platform.ts";
import type { SignalName } from "../../domain/tasks/lifecycle.ts";
import type { ReloadSignal } from "../../domain/watch/action.ts";

/**
 * Signals a process if it is still the same one. On Linux a pidfd is opened before the check, so that the signal can't
 * reach another process that reuses the pid.
 */
export function signalExactly(
  identity: ProcessIdentity,
  signal: SignalName | ReloadSignal | "SIGSTOP",
): void {
  const fd = openProcess(identity.pid);
  try {
    if (!isAlive(identity)) return;
    if (fd === null) process.kill(identity.pid, signal);
    else signalProcess(fd, constants.signals[signal]);
  } catch {
    // It has ended, or belongs to another user now; the next reading of the table shows it.
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** Signals the foreground process group of the terminal of `launcher`, as typing C-c there would. */
export function interruptForeground(launcher: number): number | null {
  const group = readProcess(launcher)?.foreground ?? -1;
  if (group <= 1) return null;
  try {
    process.kill(-group, "SIGINT");
    return group;
  } catch {
    return null;
  }
}

/** Whether a process ignores C-c, like background jobs of a script; false if unknown. */
export function ignoresInterrupt(pid: number, on = system): boolean {
  if (on !== "linux") return false;
  try {
    return ignoredSignals(readFileSync(`/proc/${pid}/status`, "latin1")).has("SIGINT");
  } catch {
    return false;
  }
}

/** proc_pid_status(5): bit N-1 of `SigIgn` is signal N. */
export function ignoredSignals(status: string): Set<string> {
  const mask = BigInt(`0x${/^SigIgn:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const isIn = (number: number) => ((mask >> BigInt(number - 1)) & 1n) === 1n;
  return new Set(
    Object.entries(constants.signals).flatMap(([name, number]) => (isIn(number) ? [name] : [])),
  );
}
