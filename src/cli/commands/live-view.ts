import { isInBackground } from "../../adapters/system/libc.ts";
import type { Status } from "../../domain/results/results.ts";
import type { TaskmuxEvent } from "../../domain/events.ts";
import { printableLine, printableValue } from "../../domain/values/printable.ts";
import { printLines, viewOf, write } from "../output.ts";
import { renderEvent } from "../render/events.ts";
import { keysHelp, moved, selectedOf } from "../render/live-keys.ts";
import { fitRows, rowsOf } from "../render/live-rows.ts";
import { renderStatus } from "../render/results.ts";
import { ColumnWidths, fit, paint, type View } from "../render/style.ts";
import type { Screen } from "../wiring/event-output.ts";
import { zoneText } from "../zone.ts";

/** Redraw period for uptimes, ms; number of events shown. */
const REDRAW = 1000;
const SHOWN_EVENTS = 8;

/** Number of lines above the tasks. */
const HEAD = 2;

/** The table of the tasks and the last events, redrawn in place. */
export class LiveView implements Screen {
  /** Whether keys act on the selected task. */
  hasKeys: () => boolean = () => false;
  readonly #events: TaskmuxEvent[] = [];
  #timer: Timer | undefined;
  /** What is on the screen, one line a row unless the terminal was made narrower since. */
  #shown: string[] = [];
  #notice: string | null = null;
  /** What came of the last key. */
  #answer: string[] = [];
  #names: string[] = [];
  #selected: string | null = null;
  readonly #widths = new ColumnWidths();
  readonly #zone = zoneText(Date.now());
  readonly #status: () => Promise<Status>;
  readonly #redraw = (): void => void this.#draw();
  /** Another program has the terminal. */
  #isAside = false;
  #isClosed = false;

  constructor(status: () => Promise<Status>) {
    this.#status = status;
  }

  begin(): void {
    this.#timer = setInterval(this.#redraw, REDRAW);
    process.stdout.on("resize", this.#redraw);
    this.#redraw();
  }

  show(event: TaskmuxEvent): void {
    // An event has the time when it happened, and may be noticed after a later one.
    const before = this.#events.findLastIndex(({ ts }) => ts <= event.ts);
    this.#events.splice(before + 1, 0, event);
    if (this.#events.length > SHOWN_EVENTS) this.#events.shift();
    if (this.#timer !== undefined) this.#redraw();
  }

  notice(sentence: string): void {
    this.#notice = printableLine(sentence);
    this.#redraw();
  }

  /** Shows what came of a key until the next one. */
  answer(lines: readonly string[]): void {
    this.#answer = lines.map(printableLine);
    this.#redraw();
  }

  /** The task that keys act on; null if there is none. */
  get selected(): string | null {
    return selectedOf(this.#names, this.#selected);
  }

  move(key: "up" | "down"): void {
    this.#selected = moved(this.#names, this.#selected, key);
    this.#redraw();
  }

  /** Draws nothing while another program has the terminal. `erases`: its output comes in place of the view. */
  stepAside(erases: boolean): void {
    this.#isAside = true;
    if (erases) this.#erase();
  }

  comeBack(): void {
    this.#isAside = false;
    this.#redraw();
  }

  /** Draws the view below what others have printed. */
  drawAgain(): void {
    this.#shown = [];
    this.comeBack();
  }

  close(closing: string): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    process.stdout.off("resize", this.#redraw);
    printLines(1, [closing]);
  }

  #erase(): void {
    write(1, `${this.#toTop(viewOf(1).width)}\r\u001b[J`);
    this.#shown = [];
  }

  async #draw(): Promise<void> {
    const status = printableValue(await this.#status());
    if (this.#isClosed || this.#isAside) return;
    // Another job has the terminal; the next view comes below what that prints.
    if (isInBackground(1)) return void (this.#shown = []);
    const view = viewOf(1);
    const shown = this.#lines(status, view).map((line) => fitLine(line, view.width));
    const text = shown.map((line) => `${line}\n`).join("");
    write(1, `${this.#toTop(view.width)}\r\u001b[J${text}`);
    this.#shown = shown;
  }

  /** Moves the cursor to the first row of what is shown. A terminal that was made narrower has wrapped it. */
  #toTop(width: number): string {
    const height = Math.min(rowsOf(this.#shown, width), maxRows());
    return height > 0 ? `\u001b[${height}A` : "";
  }

  #lines(status: Status, view: View): string[] {
    this.#names = status.tasks.map(({ name }) => name);
    const hasKeys = this.hasKeys() && this.#names.length > 0;
    const events = this.#events.map((event) => renderEvent(event, view));
    const notice = this.#notice === null ? [] : [paint(this.#notice, "yellow", view)];
    const foot = [...notice, ...this.#answer, paint(this.#help(hasKeys, view), "dim", view)];
    const lines = hasKeys
      ? this.#withMark(renderStatus(status, { ...view, width: view.width - 2 }, this.#widths))
      : renderStatus(status, view, this.#widths);
    const [head, tasks] = [lines.slice(0, HEAD), lines.slice(HEAD)];
    const selected = this.#names.indexOf(this.selected ?? "");
    return fitRows({ head, tasks, events, foot }, maxRows(), hasKeys ? selected : 0);
  }

  /** Marks the selected task. The first line is the session's. */
  #withMark([session = "", ...lines]: string[]): string[] {
    const at = this.#names.indexOf(this.selected ?? "") + 1;
    return [session, ...lines.map((line, index) => `${index === at ? "> " : "  "}${line}`)];
  }

  #help(hasKeys: boolean, { width }: View): string {
    if (hasKeys) return keysHelp(this.#zone, width);
    return `C-c ends the monitor, the tasks keep running; times: ${this.#zone}`;
  }
}

/** The cursor is in a row of its own below. */
const maxRows = (): number => (process.stdout.rows || Infinity) - 1;

/** Cuts a line that would wrap, which would make the number of rows wrong. */
const fitLine = (line: string, width: number): string =>
  Bun.stringWidth(line) <= width ? line : fit(Bun.stripANSI(line), width);
