const HEAD = /^ +\+ Exception Group Traceback/;
const BAR = /^ +[|+](?:[ -]|$)/;

/** The bars before the lines of an exception group, as Python prints it: `    | ValueError: bad`. */
export class GroupBars {
  #isInGroup = false;

  /** The line without them. */
  without(line: string): string {
    this.#isInGroup = HEAD.test(line) || (this.#isInGroup && BAR.test(line));
    return this.#isInGroup ? line.replace(/^ +[|+] ?/, "") : line;
  }
}
