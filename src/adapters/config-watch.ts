import { type FSWatcher, realpathSync, type Stats, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Project } from "../domain/config.ts";
import type { Failure } from "../domain/failure.ts";
import { readProject } from "./config-file.ts";
import { readText } from "./files.ts";

/** How long a file must be left alone before it counts as saved, ms. */
const QUIET = 75;

/** The same for one that is empty or not there, ms: between two steps of a save it can be, and then it says nothing. */
const QUIET_WITHOUT_CONTENT = 1000;

/** How often the file is looked at whatever the system tells, ms: it says nothing of a link's far end, or over a network. */
const NET = 1500;

/** A config as it stands in its file; without a text where it has none. */
export interface ConfigReading {
  text: string | null;
  project: Project | Failure;
}

/**
 * Tells when a config file has new content, once for each, however it is saved: in place, by a rename, by an editor's
 * exchange of files, through a symbolic link, or with its directory made anew.
 */
export class ConfigWatch {
  readonly #net = setInterval(() => this.#sweep(), NET);
  /** Where the file is, and where what it links to is. */
  #places: Place[] = [];
  /** What the file was when it was looked at last. */
  #seen = "";
  /** What it held when it was last left alone. */
  #text: string | null;
  #pending: Timer | undefined;
  #quiet = Promise.withResolvers<void>();

  constructor(
    private readonly path: string,
    private readonly onChange: () => void,
  ) {
    this.#follow();
    this.#text = readText(path);
    // It may be in the middle of a save.
    this.#touched();
  }

  /** The config as it is once no save is under way. */
  async read(session: string | null): Promise<ConfigReading> {
    for (;;) {
      if (versionOf(this.path) !== this.#seen) this.#touched();
      if (this.#pending !== undefined) await this.#quiet.promise;
      const text = readText(this.path);
      const project = await readProject(this.path, session);
      // One that is saved while it is read would be taken for the text before.
      if (versionOf(this.path) === this.#seen) return { text, project };
    }
  }

  end(): void {
    clearInterval(this.#net);
    clearTimeout(this.#pending);
    for (const place of this.#places) place.end();
  }

  #sweep(): void {
    this.#follow();
    if (versionOf(this.path) !== this.#seen) this.#touched();
  }

  /** Something happened to the file: it is read once nothing does any more. */
  #touched(): void {
    this.#seen = versionOf(this.path);
    clearTimeout(this.#pending);
    const quiet = (statOf(this.path)?.size ?? 0) > 0 ? QUIET : QUIET_WITHOUT_CONTENT;
    this.#pending = setTimeout(() => this.#settle(), quiet);
  }

  #settle(): void {
    // Where the system doesn't tell of every write, the file does.
    if (versionOf(this.path) !== this.#seen) return this.#touched();
    this.#pending = undefined;
    this.#follow();
    this.#quiet.resolve();
    this.#quiet = Promise.withResolvers();
    const text = readText(this.path);
    if (text === this.#text) return;
    this.#text = text;
    this.onChange();
  }

  /** Goes along with a directory that was made anew, and with a link that leads elsewhere now. */
  #follow(): void {
    const paths = placesOf(this.path);
    const [kept, gone] = [true, false].map((isKept) =>
      this.#places.filter((place) => (paths.has(place.path) && place.isStill()) === isKept),
    ) as [Place[], Place[]];
    for (const place of gone) place.end();
    const missing = [...paths].filter((path) => !kept.some((place) => place.path === path));
    const found = missing.flatMap((path) => Place.watch(path, () => this.#touched()) ?? []);
    this.#places = [...kept, ...found];
  }
}

/** A name in a directory. The directory is what is watched: a watched file is lost with the first save by rename. */
class Place {
  private constructor(
    readonly path: string,
    private readonly inode: number,
    private readonly watcher: FSWatcher,
  ) {}

  /** Null where there is no such directory now, or it can't be watched. */
  static watch(path: string, onTouched: () => void): Place | null {
    try {
      const directory = dirname(path);
      const inode = statSync(directory).ino;
      const watcher = watch(directory, (_event, name) => {
        if (name === basename(path)) onTouched();
      });
      const place = new Place(path, inode, watcher);
      watcher.on("error", () => place.end());
      return place;
    } catch {
      return null;
    }
  }

  /** Whether the directory is the one that is watched. */
  isStill(): boolean {
    return statOf(dirname(this.path))?.ino === this.inode;
  }

  end(): void {
    this.watcher.close();
  }
}

/** The path, and where it leads to. */
function placesOf(path: string): Set<string> {
  try {
    return new Set([path, realpathSync.native(path)]);
  } catch {
    return new Set([path]);
  }
}

/** Which file it is now, and which version of it. */
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
