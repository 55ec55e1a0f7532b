import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../domain/config.ts";
import { isFailure } from "../domain/failure.ts";
import { projectOf } from "./config-file.ts";
import { readJson, replaceFile } from "./files.ts";
import { makePrivateDirectory, runDirectory } from "./paths.ts";

/** A reload that is being acted on: the config before it, the one that takes its place, and since when (epoch ms). */
export interface Unfinished<Config> {
  from: Config;
  to: Config;
  at: number;
}

/**
 * Remembers the reload that is being acted on, as texts of the config: whoever watches after one that died in the middle
 * finishes it. It is there only so long.
 */
export class ReloadJournal {
  readonly #path: string;

  constructor(private readonly project: Project) {
    this.#path = join(runDirectory(project.session), "reload.json");
  }

  begin(reload: Unfinished<string>): void {
    try {
      makePrivateDirectory(runDirectory(this.project.session));
      replaceFile(this.#path, `${JSON.stringify({ path: this.project.configPath, ...reload })}\n`);
    } catch {
      // A full disk is no reason not to act: only a watcher that dies in the middle leaves something undone then.
    }
  }

  end(): void {
    rmSync(this.#path, { force: true });
  }

  /** The reload that was never finished; null if there is none, or it can't be understood. */
  async unfinished(): Promise<Unfinished<Project> | null> {
    const { configPath, session } = this.project;
    const record = readJson(this.#path) as (Unfinished<string> & { path: string }) | null;
    if (record?.path !== configPath) return null;
    const [from, to] = await Promise.all(
      [record.from, record.to].map((text) => projectOf(configPath, text, session)),
    );
    if (!from || !to || isFailure(from) || isFailure(to)) return null;
    return { from, to, at: record.at };
  }
}
