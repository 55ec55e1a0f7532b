import type { Context } from "../app/context.ts";
import type { Project } from "../domain/config.ts";
import type { TaskmuxEvent } from "../domain/events.ts";
import { viewOf } from "./action.ts";
import { createContext } from "./context.ts";
import { printJson, printLines, ReaderGone } from "./output.ts";
import { renderEvent } from "./render-events.ts";

/** What a command that goes on shows of what happens. */
export interface Screen {
  /** What it says first. */
  begin(lines: string[]): void;
  show(event: TaskmuxEvent): void;
  /** What no event tells, as a sentence. */
  notice(sentence: string): void;
  /** What it says last. */
  close(farewell: string): void;
}

/** Each event as a line, or as JSON; notices on stderr. `onGone`: nobody reads any more. */
export function lineScreen(json: boolean, onGone: () => void): Screen {
  const guarded = (print: () => void): void => {
    try {
      print();
    } catch (error) {
      if (!(error instanceof ReaderGone)) throw error;
      onGone();
    }
  };
  const say = (lines: string[]) => guarded(() => json || printLines(1, lines));
  return {
    begin: say,
    show: (event) =>
      guarded(() => (json ? printJson(event) : printLines(1, [renderEvent(event, viewOf(1))]))),
    notice: (sentence) => guarded(() => printLines(2, [sentence])),
    close: (farewell) => say([farewell]),
  };
}

/** Makes Contexts whose events and notices a screen shows. */
export const contextsOn =
  (screen: Pick<Screen, "show" | "notice">) =>
  (project: Project): Context => {
    const context = createContext(project, { progress: () => {}, waitingForLock: () => {} });
    context.onEvent = (event) => screen.show(event);
    context.onNotice = (sentence) => screen.notice(sentence);
    return context;
  };
