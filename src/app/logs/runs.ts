import type { LogFile } from "../../adapters/logs/file.ts";
import { stampOf, startedPid, withoutColour } from "../../domain/logs/line.ts";
import type { LogPattern } from "../../domain/logs/pattern.ts";

/** A launch whose output is read: its process, and when it was launched (epoch ms). */
export interface LaunchMoment {
  pid: number | null;
  at: number | null;
}

/** The part of a task's log that one run has written, between two offsets. */
export interface LogRun {
  /** Null, as `startedAt`, if the beginning of the run was rotated away or deleted. */
  pid: number | null;
  /** The stamp of its first line. */
  startedAt: string | null;
  from: number;
  to: number;
}

/** Marks that are read back for one launch: a task may print forged ones. */
const MOST_MARKS = 1000;

const START: LogPattern = {
  matches: (text) => startedPid(text) !== null,
  literal: "[taskmux] started pid ",
};

/** The run `back` runs before the newest one in a log; null if the log has no such run. */
export function runBack(file: LogFile, back: number): LogRun | null {
  let left = back;
  let oldest = file.size;
  for (const run of runsFromNewest(file)) {
    if (left-- === 0) return run;
    oldest = run.from;
  }
  return left === 0 && oldest > 0 ? beginningAt(0, oldest) : null;
}

/** The run of a launch; null if none of its lines is in the log. */
export function runOfLaunch(file: LogFile, { pid, at }: LaunchMoment): LogRun | null {
  if (pid === null || at === null) return null;
  let marks = 0;
  for (const run of runsFromNewest(file)) {
    if (run.pid === pid) return run;
    if (++marks === MOST_MARKS) return null;
  }
  // Without its mark: after a deletion it is the only run in the log, and other marks are of earlier ones.
  const from = marks === 0 ? file.find(stampOf(at), false) : file.size;
  return from < file.size ? beginningAt(from, file.size) : null;
}

/** The run before another one; null if the log has none of its lines. */
export function runBefore(file: LogFile, { from }: LogRun): LogRun | null {
  let oldest = file.size;
  for (const run of runsFromNewest(file)) {
    if (run.from < from) return { ...run, to: from };
    oldest = run.from;
  }
  return oldest > 0 ? beginningAt(0, Math.min(from, oldest)) : null;
}

/** Number of runs of which a log has lines. */
export const countRuns = (file: LogFile): number => [...runsFromNewest(file)].length;

function* runsFromNewest(file: LogFile): Generator<LogRun, void> {
  let to = file.size;
  for (const { text, stamp, offset } of file.lines("newest first", 0, file.size, START)) {
    yield { pid: startedPid(withoutColour(text)), startedAt: stamp, from: offset, to };
    to = offset;
  }
}

const beginningAt = (from: number, to: number): LogRun => ({
  pid: null,
  startedAt: null,
  from,
  to,
});
