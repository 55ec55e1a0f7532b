import { constants } from "node:os";
import { isInBackground, isTerminal, restoreSignal } from "../../adapters/system/libc.ts";

/** How long a stop of this process may take to come, ms; in an orphaned process group it never comes. */
const STOP_PERIOD = 200;

/** Signals that end a process: the terminal gets its mode back before they do. */
const FATAL = ["SIGHUP", "SIGQUIT"] as const;

export interface KeyListener<Key> {
  /** The keys in what was typed. */
  keysIn(typed: string): Key[];
  pressed(key: Key): void;
  /** The process is about to be stopped, or ended by a signal. */
  stopping(): void;
  /** It runs again. */
  continued(): void;
}

/**
 * Reads single keys from the terminal, which is in raw mode meanwhile: C-c and C-z are keys, too. The mode is restored when
 * this process ends, is stopped (C-z), or lets another program have the terminal. In the background it reads nothing.
 */
export class Keyboard<Key> {
  /** The terminal is in raw mode. */
  #isOpen = false;
  #isLent = false;
  #timer: Timer | undefined;
  readonly #listener: KeyListener<Key>;
  readonly #read = (bytes: Buffer): void => {
    // A key may have given the terminal away.
    for (const key of this.#listener.keysIn(bytes.toString()))
      if (this.#isOpen) this.#listener.pressed(key);
  };
  readonly #continued = (): void => this.#continue();
  readonly #suspended = (): void => this.#stopThis(process.pid);
  readonly #restore = (): void => this.#close();

  private constructor(listener: KeyListener<Key>) {
    this.#listener = listener;
  }

  /** Null without a terminal for input and output. */
  static open<Key>(listener: KeyListener<Key>): Keyboard<Key> | null {
    if (!isTerminal(0) || !isTerminal(1) || process.env["TERM"] === "dumb") return null;
    const keyboard = new Keyboard(listener);
    keyboard.#begin();
    return keyboard;
  }

  /** Whether keys are read. A shell tells nobody that it has moved a running job to the foreground. */
  get isOpen(): boolean {
    this.#open();
    return this.#isOpen;
  }

  /** Lets another program have the terminal. */
  lend(): void {
    this.#isLent = true;
    this.#close();
  }

  takeBack(): void {
    this.#isLent = false;
    this.#open();
  }

  /** Stops this process and its job, as C-z does elsewhere. */
  suspend(): void {
    this.#stopThis(0);
  }

  end(): void {
    this.lend();
    clearTimeout(this.#timer);
    process.off("exit", this.#restore);
    process.off("SIGCONT", this.#continued);
    process.off("SIGTSTP", this.#suspended);
    for (const signal of FATAL) process.off(signal, this.#die);
  }

  #begin(): void {
    process.on("exit", this.#restore);
    process.on("SIGCONT", this.#continued);
    process.on("SIGTSTP", this.#suspended);
    for (const signal of FATAL) process.on(signal, this.#die);
    process.stdin.on("error", this.#restore);
    this.#open();
  }

  #open(): void {
    if (this.#isOpen || this.#isLent || isInBackground(0)) return;
    this.#isOpen = setRaw(true);
    if (!this.#isOpen) return;
    process.stdin.on("data", this.#read);
    process.stdin.resume();
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.stdin.off("data", this.#read);
    process.stdin.pause();
    setRaw(false);
  }

  /** `target`: a process, or 0 for the process group. */
  #stopThis(target: number): void {
    this.#close();
    if (!this.#isLent) this.#listener.stopping();
    process.off("SIGTSTP", this.#suspended);
    // Bun leaves its own handler in place.
    restoreSignal(constants.signals.SIGTSTP);
    process.kill(target, "SIGTSTP");
    this.#timer = setTimeout(this.#continued, STOP_PERIOD);
  }

  #continue(): void {
    clearTimeout(this.#timer);
    process.off("SIGTSTP", this.#suspended);
    process.on("SIGTSTP", this.#suspended);
    this.#open();
    if (!this.#isLent) this.#listener.continued();
  }

  readonly #die = (signal: NodeJS.Signals): void => {
    const isShown = !this.#isLent;
    this.end();
    if (isShown) this.#listener.stopping();
    process.kill(process.pid, signal);
  };
}

/** False if the terminal is gone. */
function setRaw(mode: boolean): boolean {
  try {
    process.stdin.setRawMode(mode);
    return true;
  } catch {
    return false;
  }
}
