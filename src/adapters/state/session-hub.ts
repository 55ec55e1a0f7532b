import { type LogHubState, readHubState } from "../logs/hub-files.ts";

/** The log hub of a session, as recorded in its run directory. */
export class SessionHub {
  readonly #directory: string;
  readonly #isHidden: () => boolean;
  #state: LogHubState | null = null;

  /** While `isHidden`, there is none: the records belong to another config. */
  constructor(directory: string, isHidden: () => boolean) {
    this.#directory = directory;
    this.#isHidden = isHidden;
  }

  /** Read once in a turn of the event loop, because the status of every task asks for it. */
  state(): LogHubState {
    if (this.#isHidden()) return "none";
    if (this.#state === null) queueMicrotask(() => (this.#state = null));
    return (this.#state ??= readHubState(this.#directory));
  }
}
