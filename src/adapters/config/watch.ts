import { type FSWatcher, realpathSync, type Stats, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Project } from "../../domain/config/config.ts";
import type { Failure } from "../../domain/failure.ts";
import { readProject } from "./file.ts";
import { readText } from "../system/files.ts";

/** How long a file must be unchanged before it counts as saved, ms. */
const QUIET = 75;

/** The same for an empty or missing file, ms: in the middle of a save it can be either. */
const QUIET_WITHOUT_CONTENT = 1000;

/** Period of a fallback poll, ms: the system reports no changes of a link's target, or over a network. */
const FALLBACK_POLL = 1500;

/** A config as read from its file; without a text if there is none. */
export interface ConfigReading {
  text: string | null;
  project: Project | Failure;
}

/**
 * Calls back once for each new content of a config file, however it is saved: in place, by a rename, by an exchange of
 * files, through a symbolic link, or with its directory replaced. `other`: another file whose content matters too.
 */
export class ConfigWatch {
  readonly #net = setInterval(() => this.#sweep(), FALLBACK_POLL);
  /** The files, and the targets of their links. */
  #places: WatchedName[] = [];
  /** The versions of the files at the last check. */
  #seen = "";
  /** The last saved content. */
  #text: string;
  #pending: Timer | undefined;
  #quiet = Promise.withResolvers<void>();
  readonly #path: string;
  readonly #onChange: () => void;
  /** The initial config belongs to another user. */
  readonly #isOthers: boolean;
  readonly #paths: readonly string[];

  constructor(path: string, onChange: () => void, isOthers = false, other?: string) {
    this.#path = path;
    this.#paths = other === undefined ? [path] : [path, other];
    this.#onChange = onChange;
    this.#isOthers = isOthers;
    this.#follow();
    this.#text = this.#content();
    // The file may be in the middle of a save.
    this.#touched();
  }

  /** The config, once no save is in progress. */
  async read(session: string | null): Promise<ConfigReading> {
    for (;;) {
      if (this.#version() !== this.#seen) this.#touched();
      if (this.#pending !== undefined) await this.#quiet.promise;
      const text = readText(this.#path);
      // A foreign config was accepted if it was named; one that changed its owner since is not.
      const project = await readProject(this.#path, session, !this.#isOthers);
      // If the file was saved while it was read, the project doesn't belong to `text`.
      if (this.#version() === this.#seen) return { text, project };
    }
  }

  end(): void {
    clearInterval(this.#net);
    clearTimeout(this.#pending);
    for (const place of this.#places) place.end();
  }

  #version(): string {
    return this.#paths.map(versionOf).join("\n");
  }

  #content(): string {
    return JSON.stringify(this.#paths.map(readText));
  }

  #sweep(): void {
    this.#follow();
    if (this.#version() !== this.#seen) this.#touched();
  }

  /** The file may have changed: read it when it has been quiet. */
  #touched(): void {
    this.#seen = this.#version();
    clearTimeout(this.#pending);
    const quiet = (statOf(this.#path)?.size ?? 0) > 0 ? QUIET : QUIET_WITHOUT_CONTENT;
    this.#pending = setTimeout(() => this.#settle(), quiet);
  }

  #settle(): void {
    // The system may miss writes; the file's version shows them.
    if (this.#version() !== this.#seen) return this.#touched();
    this.#pending = undefined;
    this.#follow();
    this.#quiet.resolve();
    this.#quiet = Promise.withResolvers();
    const text = this.#content();
    if (text === this.#text) return;
    this.#text = text;
    this.#onChange();
  }

  /** Watches the right places again after a directory was replaced or a link changed. */
  #follow(): void {
    const paths = new Set(this.#paths.flatMap(placesOf));
    const [kept, gone] = [true, false].map((isKept) =>
      this.#places.filter((place) => (paths.has(place.path) && place.isStill()) === isKept),
    ) as [WatchedName[], WatchedName[]];
    for (const place of gone) place.end();
    const missing = [...paths].filter((path) => !kept.some((place) => place.path === path));
    const found = missing.flatMap((path) => WatchedName.watch(path, () => this.#touched()) ?? []);
    this.#places = [...kept, ...found];
  }
}

/** A name in a watched directory. The directory is watched because a watched file is lost with the first save by rename. */
class WatchedName {
  readonly #inode: number;
  readonly #watcher: FSWatcher;

  private constructor(
    readonly path: string,
    inode: number,
    watcher: FSWatcher,
  ) {
    this.#inode = inode;
    this.#watcher = watcher;
  }

  /** Null if the directory doesn't exist now, or can't be watched. */
  static watch(path: string, onTouched: () => void): WatchedName | null {
    try {
      const directory = dirname(path);
      const inode = statSync(directory).ino;
      const watcher = watch(directory, (_event, name) => {
        if (name === basename(path)) onTouched();
      });
      const place = new WatchedName(path, inode, watcher);
      watcher.on("error", () => place.end());
      return place;
    } catch {
      return null;
    }
  }

  /** Whether the directory at the path is still the watched one. */
  isStill(): boolean {
    return statOf(dirname(this.path))?.ino === this.#inode;
  }

  end(): void {
    this.#watcher.close();
  }
}

/** The path, and the target of its link. */
function placesOf(path: string): string[] {
  try {
    return [path, realpathSync.native(path)];
  } catch {
    return [path];
  }
}

/** Identifies the file and its version. */
function versionOf(path: string): string {
  const file = statOf(path);
  if (file === null) return "none";
  return [file.dev, file.ino, file.size, file.mtimeMs, file.ctimeMs].join(" ");
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
