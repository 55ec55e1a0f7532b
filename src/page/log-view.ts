import { isOwnText } from "../domain/logs/line.ts";
import { change, find, make, write } from "./dom.ts";
import type { LogLine } from "./log-join.ts";
import { logSpans, plainText, searchFor, type TextSpan, withMatches } from "./log-spans.ts";
import { hashOf, sentences, timeOfDay, type Problem } from "./words.ts";

/** Maximum number of lines kept. */
export const MOST_LINES = 5000;

/** Lines that arrive within this time, ms, are drawn together. */
const PAUSE = 30;

/** A view within this distance of the end, in pixels, follows the log. */
const NEAR = 4;

/** A line on the page. */
interface Row {
  spans: TextSpan[];
  plain: string;
  element: HTMLElement;
  /** The element with its text. */
  text: HTMLElement;
  isMarked: boolean;
}

/** Shows the log of one task, or of all, searches in it, and follows its end. */
export class LogView {
  readonly #box = find("lines", "div");
  readonly #follow = find("follow", "button");
  readonly #filter = find("filter", "input");
  readonly #matches = find("matches", "span");
  readonly #note = make("p", { class: "empty" });
  #rows: Row[] = [];
  #pending: LogLine[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #search: RegExp | null = null;
  #isFollowing = true;
  /** The number of lines since the view stopped following. */
  #unseen = 0;

  constructor() {
    this.#box.append(this.#note);
    this.#box.addEventListener("scroll", () => this.#setFollowing(this.#isAtEnd()));
    this.#follow.addEventListener("click", () => {
      this.#setFollowing(!this.#isFollowing);
      this.#keepFollowing();
    });
    this.#filter.addEventListener("input", () => this.#updateSearch());
    this.#filter.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.#clearSearch();
    });
  }

  /** Clears the view for a log. */
  clear(note: string): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { element } of this.#rows) element.remove();
    this.#rows = [];
    this.#pending = [];
    this.#unseen = 0;
    this.say(note);
    this.#setFollowing(true);
  }

  /** Appends lines. */
  add(lines: LogLine[]): void {
    this.#pending = [...this.#pending, ...lines].slice(-MOST_LINES);
    this.#timer ??= setTimeout(() => this.#draw(), PAUSE);
  }

  /** Sets the note that is shown instead of lines. */
  say(note: string): void {
    write(this.#note, note);
    this.#count();
  }

  fail(error: Problem): void {
    this.say(sentences(error));
  }

  #draw(): void {
    this.#timer = undefined;
    const added = this.#pending.map((line) => this.#rowOf(line));
    this.#pending = [];
    this.#box.append(...added.map(({ element }) => element));
    this.#rows.push(...added);
    for (const { element } of this.#rows.splice(0, this.#rows.length - MOST_LINES))
      element.remove();
    if (!this.#isFollowing) this.#unseen += added.length;
    this.#count();
    this.#keepFollowing();
  }

  #rowOf(line: LogLine): Row {
    const text = make("span", { class: "text" });
    const element = make(
      "div",
      { class: isOwnText(line.text) ? "line own" : "line" },
      make("time", { datetime: `${line.ts}Z`, title: `${line.ts}Z` }, timeOfDay(line.ts)),
      line.task === undefined
        ? null
        : make("a", { class: "whose", href: hashOf(line.task) }, line.task),
      text,
    );
    const spans = logSpans(line.text);
    text.append(...spans.map(partOf));
    const row = { spans, plain: plainText(line.text), element, text, isMarked: false };
    if (this.#search !== null) this.#mark(row);
    return row;
  }

  /**
   * Highlights the matches in a row, and hides a row without a match. Only changed rows are drawn, since there are many.
   */
  #mark(row: Row): void {
    const search = this.#search;
    const isFound = search !== null && row.plain.search(search) >= 0;
    row.element.hidden = search !== null && !isFound;
    if (isFound) row.text.replaceChildren(...withMatches(row.spans, search).map(partOf));
    else if (row.isMarked) row.text.replaceChildren(...row.spans.map(partOf));
    row.isMarked = isFound;
  }

  #updateSearch(): void {
    this.#search = searchFor(this.#filter.value);
    for (const row of this.#rows) this.#mark(row);
    this.#count();
    this.#keepFollowing();
  }

  #clearSearch(): void {
    this.#filter.value = "";
    this.#updateSearch();
  }

  #count(): void {
    const [all, seen] = [
      this.#rows.length,
      this.#rows.filter(({ element }) => !element.hidden).length,
    ];
    write(this.#matches, this.#search === null ? "" : `${seen} of ${all}`);
    this.#note.hidden = all > 0 && seen > 0;
    if (all > 0 && seen === 0) write(this.#note, "No line has this text.");
    const count = this.#unseen === 0 ? "" : ` (${this.#unseen} new)`;
    write(this.#follow, `Follow${count}`);
  }

  #setFollowing(isFollowing: boolean): void {
    this.#isFollowing = isFollowing;
    change(this.#follow, "aria-pressed", String(isFollowing));
    if (isFollowing) this.#unseen = 0;
    this.#count();
  }

  #keepFollowing(): void {
    if (this.#isFollowing) this.#box.scrollTop = this.#box.scrollHeight;
  }

  #isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    return scrollHeight - scrollTop - clientHeight <= NEAR;
  }
}

function partOf({ text, classes, match }: TextSpan): Node | string {
  const name = classes.join(" ");
  if (match) return make("mark", { class: name }, text);
  return name === "" ? text : make("span", { class: name }, text);
}
