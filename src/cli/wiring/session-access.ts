import { isLauncherOf } from "../../adapters/launch/launcher-process.ts";
import { RunState } from "../../adapters/state/run-state.ts";
import { runDirectory } from "../../adapters/system/paths.ts";
import { Tmux } from "../../adapters/tmux/tmux.ts";
import type { Project } from "../../domain/config/config.ts";

/**
 * The records of a project's session, and the tmux server that they name. Small enough to load first: while tmux answers a
 * first question, the rest of a Context is loaded.
 */
export interface SessionAccess {
  state: RunState;
  tmux: Tmux;
}

/** `notice`: called with a sentence if tmux takes long. */
export function accessSession(project: Project, notice: (sentence: string) => void): SessionAccess {
  const { session, directory } = project;
  const state = new RunState(session, runDirectory(session), project);
  const isLauncher = (pid: number) => isLauncherOf(state.directory, pid);
  return { state, tmux: new Tmux({ directory, recorded: state.server(), isLauncher, notice }) };
}
