import { existsSync, lstatSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isEditorFile } from "../../domain/watch/editor-files.ts";
import { isLeftOutByDefault, type Progress, WatchFilter } from "../../domain/watch/filter.ts";
import { type IgnoreFile, isIgnored } from "../../domain/watch/gitignore.ts";
import type { WatchPattern } from "../../domain/watch/patterns.ts";
import { identityOf, watchDirectory } from "./directories.ts";
import { ignoreFilesAbove, repositoryOf, rulesIn } from "./ignore-files.ts";

/** What a tree reports. */
export interface TreeListener {
  /** A watched file has changed; `isContent`: its name did not come or go. The path is relative. */
  onChange(path: string, isContent: boolean): void;
  /** All directories that are there now are watched. */
  onReady(): void;
  /** The system refuses to watch a directory: nothing is watched any more. */
  onRefused(error: unknown): void;
}

/** A watched directory. */
interface Node {
  /** Relative to the tree's directory; "" for that itself. */
  path: string;
  identity: string;
  progress: Progress;
  /** The rules of `.gitignore` files that apply in it. */
  ignore: readonly IgnoreFile[];
  /** Something in it is, or was, watched. */
  hasFiles: boolean;
  end(): void;
}

/** A directory that must be watched. `isKnown`: what is in it has not changed. */
interface Entering {
  path: string;
  progress: Progress;
  ignore: readonly IgnoreFile[];
  isKnown: boolean;
}

/** Directories that are read in one go. */
const IN_ONE_GO = 50;

/** A `.gitignore` is read when it has been unchanged this long, ms. */
const RULES_QUIET = 100;

/** A name that came or went is looked at once more after this time, ms. */
const LOOK_AGAIN = 100;

/** Errors of a directory that has gone, is none, or is hidden from this user: nothing in it can be seen. */
const UNSEEN = new Set("ENOENT ENOTDIR EACCES EPERM ELOOP".split(" "));

/**
 * Watches the files of a directory that patterns select. Only directories that may contain such files are watched, each by a
 * watch of its own, so that what is left out costs nothing. Symbolic links are files: what they point to isn't watched.
 */
export class WatchTree {
  readonly #nodes = new Map<string, Node>();
  readonly #queue: Entering[] = [];
  #isDraining = false;
  #hasEnded = false;
  #rulesTimer: Timer | undefined;
  /** Names that came or went a moment ago, and when. */
  readonly #unsure = new Map<string, number>();
  #unsureTimer: Timer | undefined;
  /** While the directory doesn't exist: ends the watch of the place where it will be. */
  #endWaiting: (() => void) | null = null;
  readonly #root: string;
  readonly #filter: WatchFilter;
  readonly #listener: TreeListener;
  /** The names of the directory from the top of its repository on: `.gitignore` files are relative to theirs. */
  readonly #above: string[];

  constructor(root: string, patterns: readonly WatchPattern[], listener: TreeListener) {
    this.#root = root;
    this.#filter = new WatchFilter(patterns);
    this.#listener = listener;
    const top = repositoryOf(root);
    this.#above = root.slice(top.length).split("/").filter(Boolean);
  }

  begin(): void {
    this.#enterRoot(true);
  }

  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#rulesTimer);
    clearTimeout(this.#unsureTimer);
    this.#queue.length = 0;
    this.#leave("");
    this.#endWaiting?.();
    this.#endWaiting = null;
  }

  #enterRoot(isKnown: boolean): void {
    this.#endWaiting?.();
    this.#endWaiting = null;
    const path = "";
    if (identityOf(this.#root) === null) return this.#waitForRoot();
    const progress = this.#filter.begin();
    this.#enter({ path, progress, ignore: ignoreFilesAbove(this.#root, this.#above), isKnown });
  }

  /** Watches the nearest directory above for the next name on the way to the root. */
  #waitForRoot(): void {
    let next = this.#root;
    while (dirname(next) !== next && !existsSync(dirname(next))) next = dirname(next);
    const onEvent = (name: string) => {
      if (name === basename(next) || !existsSync(dirname(next))) this.#enterRoot(false);
    };
    try {
      this.#endWaiting = watchDirectory(dirname(next), onEvent);
    } catch (error) {
      return this.#refused(error);
    }
    // It may have been made in between.
    if (identityOf(next) !== null) this.#enterRoot(false);
    else this.#listener.onReady();
  }

  #enter(entering: Entering): void {
    this.#queue.push(entering);
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#drain();
  }

  /** Reads some directories, and the rest after other work of this process. */
  #drain(): void {
    for (let count = 0; count < IN_ONE_GO; count++) {
      const next = this.#queue.shift();
      if (next === undefined) {
        this.#isDraining = false;
        if (!this.#hasEnded) this.#listener.onReady();
        return;
      }
      this.#watchNode(next);
    }
    setImmediate(() => this.#drain());
  }

  #watchNode({ path, progress, ignore: above, isKnown }: Entering): void {
    if (this.#nodes.has(path)) return;
    const absolute = join(this.#root, path);
    const depth = this.#above.length + (path === "" ? 0 : path.split("/").length);
    try {
      const identity = identityOf(absolute);
      if (identity === null) return;
      const end = watchDirectory(absolute, (name, isContent) => this.#saw(node, name, isContent));
      const own = { depth, rules: rulesIn(absolute) };
      const ignore = own.rules.length === 0 ? above : [...above, own];
      const node: Node = { path, identity, progress, ignore, hasFiles: false, end };
      this.#nodes.set(path, node);
      // After the watch has begun, so that nothing is missed.
      for (const entry of readdirSync(absolute, { withFileTypes: true })) {
        if (entry.isDirectory()) this.#enterChild(node, entry.name, isKnown);
        else if (this.#isWatched(node, entry.name)) this.#found(node, entry.name, isKnown);
      }
    } catch (error) {
      if (!UNSEEN.has((error as { code?: string }).code ?? "")) this.#refused(error);
    }
  }

  #found(node: Node, name: string, isKnown: boolean): void {
    node.hasFiles = true;
    if (!isKnown) this.#listener.onChange(inside(node, name), false);
  }

  #enterChild(node: Node, name: string, isKnown: boolean): void {
    const progress = this.#filter.enter(node.progress, name, this.#isLeftOut(node, name, true));
    if (!this.#filter.mayContain(progress)) return;
    this.#enter({ path: inside(node, name), progress, ignore: node.ignore, isKnown });
  }

  #isWatched(node: Node, name: string): boolean {
    if (isEditorFile(name)) return false;
    const progress = this.#filter.enter(node.progress, name, false);
    if (!this.#filter.accepts(progress)) return false;
    if (!this.#isLeftOut(node, name, false)) return true;
    return this.#filter.accepts(this.#filter.enter(node.progress, name, true));
  }

  #isLeftOut(node: Node, name: string, isDirectory: boolean): boolean {
    if (isDirectory && isLeftOutByDefault(name)) return true;
    if (node.ignore.length === 0) return false;
    const names = [...this.#above, ...inside(node, name).split("/")];
    return isIgnored(node.ignore, names, isDirectory);
  }

  /** Handles an event of a directory. */
  #saw(node: Node, name: string, isContent: boolean): void {
    if (this.#hasEnded || this.#nodes.get(node.path) !== node) return;
    if (name === ".gitignore") this.#rulesChanged();
    if (isContent) {
      if (!this.#nodes.has(inside(node, name)) && this.#isWatched(node, name)) {
        node.hasFiles = true;
        this.#listener.onChange(inside(node, name), true);
      }
      return;
    }
    // A directory that goes is reported in itself too, under its own name.
    if (name === basename(join(this.#root, node.path))) this.#checkNode(node);
    if (this.#nodes.get(node.path) !== node) return;
    this.#nameChanged(node, name);
    this.#lookAgainAt(inside(node, name));
  }

  /** A name has come, gone, or stands for something else. */
  #nameChanged(node: Node, name: string): void {
    const path = inside(node, name);
    const child = this.#nodes.get(path);
    if (child !== undefined) return this.#checkNode(child);
    if (kindOf(join(this.#root, path)) === "directory") this.#enterChild(node, name, false);
    else if (this.#isWatched(node, name)) this.#found(node, name, false);
  }

  /**
   * Bun reports the same name twice within a millisecond only once: a directory that went and came back may be missed.
   */
  #lookAgainAt(path: string): void {
    this.#unsure.set(path, performance.now());
    this.#unsureTimer ??= setTimeout(() => this.#lookAgain(), LOOK_AGAIN);
  }

  #lookAgain(): void {
    this.#unsureTimer = undefined;
    const now = performance.now();
    for (const [path, at] of this.#unsure) {
      if (now - at < LOOK_AGAIN / 2) {
        this.#unsureTimer ??= setTimeout(() => this.#lookAgain(), LOOK_AGAIN);
        continue;
      }
      this.#unsure.delete(path);
      const parent = this.#nodes.get(path.includes("/") ? dirname(path) : "");
      const child = this.#nodes.get(path);
      if (child !== undefined) this.#checkNode(child);
      else if (parent && kindOf(join(this.#root, path)) === "directory")
        this.#enterChild(parent, basename(path), false);
    }
  }

  /** If a watched directory has gone or was replaced: what was in it has changed. */
  #checkNode(node: Node): void {
    const identity = identityOf(join(this.#root, node.path));
    if (identity === node.identity && !isLink(join(this.#root, node.path), node)) return;
    const { progress, path } = node;
    const hadFiles = this.#leave(path);
    if (hadFiles) this.#listener.onChange(path || ".", false);
    if (path === "") return this.#enterRoot(false);
    const parent = this.#nodes.get(path.includes("/") ? dirname(path) : "");
    if (identity !== null && parent)
      this.#enter({ path, progress, ignore: parent.ignore, isKnown: false });
  }

  /** Ends the watches of a directory and all below; whether watched files were there. */
  #leave(path: string): boolean {
    let hadFiles = false;
    for (const [at, node] of this.#nodes) {
      if (path !== "" && at !== path && !at.startsWith(`${path}/`)) continue;
      hadFiles ||= node.hasFiles;
      node.end();
      this.#nodes.delete(at);
    }
    return hadFiles;
  }

  /** A `.gitignore` has changed: other files may be watched now. Those that are there have not changed. */
  #rulesChanged(): void {
    clearTimeout(this.#rulesTimer);
    this.#rulesTimer = setTimeout(() => {
      if (this.#queue.length > 0) return this.#rulesChanged();
      this.#leave("");
      this.#enterRoot(true);
    }, RULES_QUIET);
  }

  #refused(error: unknown): void {
    if (this.#hasEnded) return;
    this.end();
    this.#listener.onRefused(error);
  }
}

const inside = ({ path }: Node, name: string): string => (path === "" ? name : `${path}/${name}`);

/** The root may be a link to a directory; another directory was replaced by one. */
const isLink = (absolute: string, { path }: Node): boolean =>
  path !== "" && kindOf(absolute) === "link";

function kindOf(path: string): "directory" | "link" | "other" {
  try {
    const stat = lstatSync(path);
    return stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "link" : "other";
  } catch {
    return "other";
  }
}
