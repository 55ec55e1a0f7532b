/**
 * Runs `act` when triggered, at most once per pause; triggers in between are merged into one. Never runs twice at a time.
 * `act` must not fail.
 */
export class Throttle {
  #isBusy = false;
  #isWanted = false;
  readonly #act: () => Promise<void>;
  readonly #pause: () => Promise<void>;

  constructor(act: () => Promise<void>, pause: () => Promise<void>) {
    this.#act = act;
    this.#pause = pause;
  }

  trigger(): void {
    this.#isWanted = true;
    if (!this.#isBusy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#act();
      await this.#pause();
    }
    this.#isBusy = false;
  }
}
