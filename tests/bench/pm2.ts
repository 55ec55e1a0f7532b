import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cache } from "./peers/install.ts";
import { NotToBeHad } from "./peers/peer.ts";
import { pm2Program } from "./peers/pm2.ts";

/** pm2 in a directory of its own, to be compared with; it has one process, which runs a sh script there. */
export class Pm2 implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "pm2-"));

  private constructor(
    readonly program: string,
    script: string,
  ) {
    writeFileSync(join(this.directory, "script.sh"), script, { mode: 0o755 });
  }

  /** null where it can't be installed. */
  static async begin(script: string): Promise<Pm2 | null> {
    try {
      return new Pm2(await pm2Program(cache), script);
    } catch (error) {
      if (error instanceof NotToBeHad) return null;
      throw error;
    }
  }

  async start(): Promise<void> {
    const words = ["start", "script.sh", "--interpreter", "/bin/sh", "--max-restarts", "1000"];
    if (!(await this.#run(words))) throw new Error("pm2 could not start its process");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run(["kill"]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** True where it ends with 0. */
  async #run(words: string[]): Promise<boolean> {
    const child = Bun.spawn([this.program, ...words], {
      cwd: this.directory,
      env: { ...process.env, PM2_HOME: join(this.directory, "home") },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      timeout: 120_000,
    });
    return (await child.exited) === 0;
  }
}
