import type { RecordedLaunch } from "../processes/task-members.ts";
import type { ProcessIdentity } from "../processes/table.ts";
import { signalName } from "../../domain/logs/line.ts";

/** What the launcher has recorded of a run. */
interface RunRecord {
  process: (ProcessIdentity & { launcher: ProcessIdentity }) | null;
  end: { kind: "exit"; status: number } | { kind: "signal"; signal: string } | null;
}

/** Parses the part of a task's `record` about `run`. Ignores an incomplete line. */
export function parseRecord(text: string, run: string): RunRecord {
  const record: RunRecord = { process: null, end: null };
  for (const line of text.split("\n").slice(0, -1)) {
    const [what, ofRun, ...values] = line.split(" ");
    if (ofRun !== run) continue;
    if (what === "start") record.process = startOf(values);
    if (what === "exit") record.end = parseEnd(values);
  }
  return record;
}

/** Parses all launches in a task's `record`. Check a keeper with {@link isKeeper}. */
export function parseLaunches(text: string): RecordedLaunch[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.flatMap((line) => {
    const [what, , ...values] = line.split(" ");
    if (what !== "start") return [];
    const { launcher, keeper, ...process } = startOf(values);
    return [{ process, launcher, keeper }];
  });
}

/** The run whose start is all that a `record` has; null otherwise. */
export function startedRun(text: string): string | null {
  const [line = "", ...rest] = text.split("\n");
  const [what, run = null] = line.split(" ");
  return what === "start" && rest.length === 1 && rest[0] === "" ? run : null;
}

/** The command's process, its launcher, and the launcher's parent, each by pid and start time; 0.1.0 wrote no parent. */
function startOf([
  pid,
  startTime = "",
  launcher,
  launcherStart = "",
  above,
  aboveStart = "",
]: string[]) {
  return {
    pid: Number(pid),
    startTime,
    launcher: { pid: Number(launcher), startTime: launcherStart },
    keeper: above ? { pid: Number(above), startTime: aboveStart } : null,
  };
}

function parseEnd([number, kind]: string[]): NonNullable<RunRecord["end"]> {
  if (kind !== "signal") return { kind: "exit", status: Number(number) };
  return { kind: "signal", signal: signalName(Number(number), process.platform) };
}
