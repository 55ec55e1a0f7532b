import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../domain/config/config.ts";
import { isConfigOf } from "../../domain/config/identity.ts";
import { isFailure } from "../../domain/failure.ts";
import { projectOf } from "./file.ts";
import { readJson, replaceFile } from "../system/files.ts";
import { makePrivateDirectory, runDirectory } from "../system/paths.ts";

/** A reload in progress: the config before it, the new one, and its start (epoch ms). */
export interface Unfinished<Config> {
  from: Config;
  to: Config;
  at: number;
}

/**
 * Records the reload in progress as the texts of both configs, so that the next monitor can finish the reload if this
 * process dies in the middle. Removed when the reload is done.
 */
export class ReloadJournal {
  readonly #path: string;
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
    this.#path = join(runDirectory(project.session), "reload.json");
  }

  begin(reload: Unfinished<string>): void {
    try {
      makePrivateDirectory(runDirectory(this.#project.session));
      replaceFile(this.#path, `${JSON.stringify({ path: this.#project.configPath, ...reload })}\n`);
    } catch {
      // A full disk doesn't stop the reload. Only if this process dies during it, the rest isn't done.
    }
  }

  end(): void {
    rmSync(this.#path, { force: true });
  }

  /** The reload that was not finished; null if there is none, or it can't be read. */
  async unfinished(): Promise<Unfinished<Project> | null> {
    const { configPath, session } = this.#project;
    const record = readJson(this.#path) as (Unfinished<string> & { path: string }) | null;
    if (record === null || !isConfigOf(this.#project, record.path)) return null;
    const [from, to] = await Promise.all(
      [record.from, record.to].map((text) => projectOf(configPath, text, session)),
    );
    if (!from || !to || isFailure(from) || isFailure(to)) return null;
    return { from, to, at: record.at };
  }
}
