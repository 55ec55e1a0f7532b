import { isLauncherOf } from "../../adapters/launch/launcher-process.ts";
import { MemberScan } from "../../adapters/processes/members.ts";
import { readFacts } from "../../adapters/sessions/facts.ts";
import * as leftovers from "../../adapters/sessions/leftovers.ts";
import { leaseHolder } from "../../adapters/state/lease.ts";
import { RunState } from "../../adapters/state/run-state.ts";
import { homeDirectory, logDirectory, runDirectory } from "../../adapters/system/paths.ts";
import { endTmuxCalls } from "../../adapters/tmux/call.ts";
import { Tmux } from "../../adapters/tmux/tmux.ts";
import { prune } from "../../app/commands/prune.ts";
import { printableValue } from "../../domain/values/printable.ts";
import { printResult } from "../print-result.ts";
import { WorkLine } from "../work-line.ts";
import type { View } from "../render/style.ts";

/** How long tmux may take to tell of a session, ms. */
const ANSWER_LIMIT = 2000;

/** `taskmux prune`: of sessions whose project is gone; `older`: the age of the logs, seconds. */
export async function pruneSessions(
  json: boolean,
  { apply, older }: { apply: boolean; older: number },
): Promise<number> {
  const work = WorkLine.begin(json);
  const before = Date.now() - older * 1000;
  const value = await prune(apply, {
    ...leftovers,
    scan: new MemberScan(),
    monotonic: () => performance.now(),
    sleep: Bun.sleep,
    facts: (session) => readFacts(session, null),
    state: (session) => new RunState(session),
    watcher: (session) => leaseHolder(session, "monitor") ?? leaseHolder(session, "watch"),
    tmuxSession,
    runDirectory,
    logDirectory,
    oldLogs: (session) => leftovers.oldLogs(session, before),
    deleteOldLogs: (session) => leftovers.deleteOldLogs(session, before),
    onSession: (session, number, count) =>
      work?.tell(() => `session ${number} of ${count}: ${session}`),
  });
  work?.end();
  endTmuxCalls();
  const lines = async (view: View) => {
    const { renderPrune } = await import("../render/sessions.ts");
    return renderPrune(printableValue(value), homeDirectory(), view);
  };
  return printResult({ value, status: undefined, lines }, json);
}

function tmuxSession(session: string) {
  const state = new RunState(session);
  const isLauncher = (pid: number) => isLauncherOf(state.directory, pid);
  const notice = () => {};
  const tmux = new Tmux({ directory: "/", recorded: state.server(), isLauncher, notice });
  tmux.answerWithin(ANSWER_LIMIT);
  return tmux.findSession(session);
}
