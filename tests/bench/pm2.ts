import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** pm2 in a directory of its own, to be compared with; it has one process, which runs a sh script there. */
export class Pm2 implements AsyncDisposable {
  private constructor(readonly directory: string) {}

  /** null where it can't be installed. */
  static async begin(script: string): Promise<Pm2 | null> {
    const pm2 = new Pm2(mkdtempSync(join(tmpdir(), "pm2-")));
    writeFileSync(join(pm2.directory, "script.sh"), script, { mode: 0o755 });
    const words = ["install", "--prefix", pm2.directory, "--no-audit", "--no-fund", "pm2@latest"];
    if (await pm2.#run("npm", words)) return pm2;
    await pm2[Symbol.asyncDispose]();
    return null;
  }

  async start(): Promise<void> {
    const words = ["start", "script.sh", "--interpreter", "/bin/sh", "--max-restarts", "1000"];
    if (!(await this.#pm2(words))) throw new Error("pm2 could not start its process");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pm2(["kill"]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  #pm2(words: string[]): Promise<boolean> {
    return this.#run(join(this.directory, "node_modules/.bin/pm2"), words);
  }

  async #run(program: string, words: string[]): Promise<boolean> {
    try {
      const child = Bun.spawn([program, ...words], {
        cwd: this.directory,
        env: { ...process.env, PM2_HOME: join(this.directory, "home") },
        stdin: "ignore",
        stdout: "ignore",
        stderr: "ignore",
        timeout: 120_000,
      });
      return (await child.exited) === 0;
    } catch {
      return false;
    }
  }
}
