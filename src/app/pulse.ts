/**
 * Does something whenever it is told to, at once, but not again before so many ms have passed: what comes meanwhile is
 * done once, at their end. Never twice at a time. What is done must not fail.
 */
export class Pulse {
  #isBusy = false;
  #isWanted = false;

  constructor(
    private readonly act: () => Promise<void>,
    private readonly pause: () => Promise<void>,
  ) {}

  beat(): void {
    this.#isWanted = true;
    if (!this.#isBusy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.act();
      await this.pause();
    }
    this.#isBusy = false;
  }
}
