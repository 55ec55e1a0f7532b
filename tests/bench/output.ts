/** What a program prints, as it comes. */
export class Output {
  text = "";
  #heard = Promise.withResolvers<void>();

  constructor({ stdout }: { stdout: ReadableStream<Uint8Array> }) {
    void this.#read(stdout);
  }

  /** Waits until a text has come; throws after 10 s. */
  async until(text: string): Promise<void> {
    const deadline = Bun.sleep(10_000).then(() => "late");
    while (!this.text.includes(text)) {
      if ((await Promise.race([this.#heard.promise, deadline])) === "late")
        throw new Error(`'${text}' has not come within 10 s`);
    }
  }

  async #read(stdout: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stdout) {
      this.text += decoder.decode(chunk, { stream: true });
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    }
  }
}
