import { isOwnText } from "../domain/log-line.ts";
import { change, find, make, write } from "./dom.ts";
import type { Line } from "./log-join.ts";
import { logSpans, plainText, searchFor, type Span, withMatches } from "./log-spans.ts";
import { sentences, timeOfDay, type Trouble } from "./words.ts";

/** So many lines are kept; the oldest go. */
export const MOST_LINES = 5000;

/** Milliseconds: lines that come close together are drawn at once. */
const PAUSE = 30;

/** So near to the end, in pixels, counts as at the end. */
const NEAR = 4;

/** A line on the page. */
interface Row {
  spans: Span[];
  plain: string;
  element: HTMLElement;
  /** Where its text is. */
  text: HTMLElement;
  isMarked: boolean;
}

/** The log of one task: its lines, what is searched for in them, and whether their end is followed. */
export class LogView {
  private readonly box = find("lines", "div");
  private readonly follow = find("follow", "button");
  private readonly filter = find("filter", "input");
  private readonly matches = find("matches", "span");
  private readonly note = make("p", { class: "empty" });
  private rows: Row[] = [];
  private pending: Line[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private search: RegExp | null = null;
  private isFollowing = true;
  /** How many lines have come since the end was left. */
  private unseen = 0;

  constructor() {
    this.box.append(this.note);
    this.box.addEventListener("scroll", () => this.setFollowing(this.isAtEnd()));
    this.follow.addEventListener("click", () => {
      this.setFollowing(!this.isFollowing);
      this.keepFollowing();
    });
    this.filter.addEventListener("input", () => this.searchAnew());
    this.filter.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.clearSearch();
    });
    document.addEventListener("keydown", (event) => this.shortcut(event));
  }

  /** Another log, or the same one anew. */
  clear(note: string): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const { element } of this.rows) element.remove();
    this.rows = [];
    this.pending = [];
    this.unseen = 0;
    this.say(note);
    this.setFollowing(true);
  }

  /** Lines that follow those that are there. */
  add(lines: Line[]): void {
    this.pending = [...this.pending, ...lines].slice(-MOST_LINES);
    this.timer ??= setTimeout(() => this.draw(), PAUSE);
  }

  /** What stands where no line does. */
  say(note: string): void {
    write(this.note, note);
    this.count();
  }

  fail(error: Trouble): void {
    this.say(sentences(error));
  }

  private draw(): void {
    this.timer = undefined;
    const added = this.pending.map((line) => this.rowOf(line));
    this.pending = [];
    this.box.append(...added.map(({ element }) => element));
    this.rows.push(...added);
    for (const { element } of this.rows.splice(0, this.rows.length - MOST_LINES)) element.remove();
    if (!this.isFollowing) this.unseen += added.length;
    this.count();
    this.keepFollowing();
  }

  private rowOf(line: Line): Row {
    const text = make("span", { class: "text" });
    const element = make(
      "div",
      { class: isOwnText(line.text) ? "line own" : "line" },
      make("time", { datetime: `${line.ts}Z`, title: `${line.ts}Z` }, timeOfDay(line.ts)),
      text,
    );
    const spans = logSpans(line.text);
    text.append(...spans.map(partOf));
    const row = { spans, plain: plainText(line.text), element, text, isMarked: false };
    if (this.search !== null) this.mark(row);
    return row;
  }

  /** Marks what is searched for in a row; one without it is hidden. What needn't be drawn anew isn't: there are many. */
  private mark(row: Row): void {
    const { search } = this;
    const isFound = search !== null && row.plain.search(search) >= 0;
    row.element.hidden = search !== null && !isFound;
    if (isFound) row.text.replaceChildren(...withMatches(row.spans, search).map(partOf));
    else if (row.isMarked) row.text.replaceChildren(...row.spans.map(partOf));
    row.isMarked = isFound;
  }

  private searchAnew(): void {
    this.search = searchFor(this.filter.value);
    for (const row of this.rows) this.mark(row);
    this.count();
    this.keepFollowing();
  }

  private clearSearch(): void {
    this.filter.value = "";
    this.searchAnew();
  }

  private shortcut(event: KeyboardEvent): void {
    const isTyping = event.target instanceof Element && event.target.matches("input, select");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.filter.focus();
  }

  private count(): void {
    const [all, seen] = [
      this.rows.length,
      this.rows.filter(({ element }) => !element.hidden).length,
    ];
    write(this.matches, this.search === null ? "" : `${seen} of ${all}`);
    this.note.hidden = all > 0 && seen > 0;
    if (all > 0 && seen === 0) write(this.note, "No line has this text.");
    const news = this.unseen === 0 ? "" : ` (${this.unseen} new)`;
    write(this.follow, `Follow${news}`);
  }

  private setFollowing(isFollowing: boolean): void {
    this.isFollowing = isFollowing;
    change(this.follow, "aria-pressed", String(isFollowing));
    if (isFollowing) this.unseen = 0;
    this.count();
  }

  private keepFollowing(): void {
    if (this.isFollowing) this.box.scrollTop = this.box.scrollHeight;
  }

  private isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    return scrollHeight - scrollTop - clientHeight <= NEAR;
  }
}

function partOf({ text, classes, match }: Span): Node | string {
  const name = classes.join(" ");
  if (match) return make("mark", { class: name }, text);
  return name === "" ? text : make("span", { class: name }, text);
}
