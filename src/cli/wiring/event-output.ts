import type { Context } from "../../app/context.ts";
import type { Project } from "../../domain/config/config.ts";
import type { TaskmuxEvent } from "../../domain/events.ts";
import { MONITOR } from "../../domain/values/actor.ts";
import { printable } from "../../domain/values/printable.ts";
import { createContext, SILENT } from "./context.ts";
import { printJson, printLines, BrokenPipe, viewOf } from "../output.ts";
import { renderEvent } from "../render/events.ts";
import { printZone } from "../zone.ts";

/** The output of a long-running command. */
export interface Screen {
  /** Prints the first lines. */
  begin(lines: string[]): void;
  show(event: TaskmuxEvent): void;
  /** Prints a sentence about something that is no event. */
  notice(sentence: string): void;
  /** Prints the last line. */
  close(closing: string): void;
}

/** Prints each event as a line, or as JSON; notices go to stderr. `onGone`: stdout was closed. */
export function lineScreen(json: boolean, onGone: () => void): Screen {
  const guarded = (print: () => void): void => {
    try {
      print();
    } catch (error) {
      if (!(error instanceof BrokenPipe)) throw error;
      onGone();
    }
  };
  const say = (lines: string[]) => guarded(() => json || printLines(1, lines));
  return {
    begin: (lines) => {
      if (!json) printZone(Date.now());
      say(lines);
    },
    show: (event) =>
      guarded(() => (json ? printJson(event) : printLines(1, [renderEvent(event, viewOf(1))]))),
    notice: (sentence) => guarded(() => printLines(2, [printable(sentence)])),
    close: (closing) => say([closing]),
  };
}

/** Makes Contexts whose events and notices go to a screen, of a process that acts by itself unless somebody orders it. */
export const contextsOn =
  (screen: Pick<Screen, "show" | "notice">) =>
  (project: Project, actor = MONITOR): Context => {
    const notice = (sentence: string) => screen.notice(sentence);
    const context = createContext(project, { ...SILENT, notice }, { actor: () => actor });
    context.onEvent = (event) => screen.show(event);
    context.onNotice = (sentence) => screen.notice(sentence);
    return context;
  };
