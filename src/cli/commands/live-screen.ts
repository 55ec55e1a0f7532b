import { write } from "../output.ts";
import { Keyboard } from "./keyboard.ts";

/** The alternate screen without a cursor, and back. */
const OPEN = "\u001b[?1049h\u001b[?25l";
const CLOSE = "\u001b[?25h\u001b[?1049l";

/** What a live view hears of its terminal. */
export interface LiveScreenListener<Key> {
  /** The keys in what was typed. */
  keysIn(typed: string): Key[];
  pressed(key: Key): void;
  /** Its size is another, or it has to be drawn again. */
  changed(): void;
}

/**
 * The whole terminal for a live view. It gives the terminal back when it is closed, and while C-z or a signal stops this
 * process.
 */
export class LiveScreen<Key> {
  #isOpen = false;
  #keyboard: Keyboard<Key> | null = null;
  readonly #listener: LiveScreenListener<Key>;
  readonly #redraw = (): void => this.#listener.changed();

  constructor(listener: LiveScreenListener<Key>) {
    this.#listener = listener;
  }

  open(): void {
    this.#take();
    // SIGWINCH comes before its new size is known here.
    process.stdout.on("resize", this.#redraw);
    this.#keyboard = Keyboard.open({
      keysIn: (typed) => this.#listener.keysIn(typed),
      pressed: (key: Key) => this.#listener.pressed(key),
      stopping: () => this.#giveBack(),
      continued: () => {
        this.#take();
        this.#listener.changed();
      },
    });
  }

  /** Stops this process, as C-z does elsewhere. */
  suspend(): void {
    this.#keyboard?.suspend();
  }

  /** Shows lines that are not wider than the terminal, and not more than it has rows. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const rows = lines.map((line) => `\u001b[2K${line}`).join("\r\n");
    write(1, `\u001b[H${rows}\u001b[J`);
  }

  /** Never fails: the terminal may be gone. */
  close(): void {
    process.stdout.off("resize", this.#redraw);
    this.#keyboard?.end();
    this.#giveBack();
  }

  #take(): void {
    this.#isOpen = true;
    write(1, OPEN);
  }

  #giveBack(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      write(1, CLOSE);
    } catch {
      // Nobody sees it any more.
    }
  }
}
