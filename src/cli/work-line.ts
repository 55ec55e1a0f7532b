import { isTerminal } from "../adapters/system/libc.ts";
import { LinePace } from "../domain/values/line-pace.ts";
import { printableLine } from "../domain/values/printable.ts";
import { viewOf, write } from "./output.ts";
import { fit, paint } from "./render/style.ts";

/** A line on stderr that says how far a command is whose work takes long. It is erased at the end. */
export class WorkLine {
  readonly #pace = new LinePace(performance.now());
  #isShown = false;

  /** Null with --json, and unless stdout and stderr are terminals: a pager has the terminal, too. */
  static begin(json: boolean): WorkLine | null {
    return !json && isTerminal(1) && isTerminal(2) ? new WorkLine() : null;
  }

  /** May be called often. */
  tell(text: () => string): void {
    if (!this.#pace.isDue(performance.now())) return;
    this.#isShown = true;
    const view = viewOf(2);
    write(2, `\r${paint(fit(printableLine(text()), view.width - 1), "dim", view)}\u001b[K`);
  }

  end(): void {
    if (this.#isShown) write(2, "\r\u001b[K");
    this.#isShown = false;
  }
}
