import { describe, expect, test } from "bun:test";
import {
  nameOf,
  parseLsofNames,
  parsePsLine,
  type PsRow,
} from "../../../src/adapters/processes/ps.ts";

// As macOS prints them: columns are as wide as their widest value, lstart is 28 wide, `??` is no terminal, an environment
// follows the arguments unless the program is Apple's own.
const LINES = {
  launchd:
    "    1     0     1      0     0 ??       Ss   Thu Nov 26 06:00:01 2026     /sbin/launchd",
  shell: "  812   811   812   4242   501 ttys003  Ss   Sun Nov  1 20:56:10 2026     -zsh",
  node: "99999   812  4242   4242   501 ttys003  S+   Thu Nov 26 20:56:10 2026     node server.js -p 1 TASKMUX_RUN=abc.1.2 TASKMUX_TASK=web",
  application:
    "  600     1   600      0   501 ??       S    Thu Nov 26 20:56:10 2026     /Applications/Google Chrome.app/Contents/MacOS/Google Chrome --x",
  nobody:
    "  355     1   355      0    -2 ??       Ss   Thu Nov 26 20:56:10 2026     /usr/libexec/helper",
  nameless: "  601     1   601     -1   501 ??       S    Thu Nov 26 20:56:10 2026     ",
};

const row = (change: Partial<PsRow>): PsRow => ({
  pid: 1,
  parent: 0,
  group: 1,
  session: 0,
  foreground: -1,
  startTime: "Thu_Nov_26_20:56:10_2026",
  uid: 501,
  terminal: null,
  isStopped: false,
  text: "",
  image: change.text ?? "",
  ...change,
});

test.each([
  ["launchd", row({ uid: 0, startTime: "Thu_Nov_26_06:00:01_2026", text: "/sbin/launchd" })],
  [
    "shell",
    row({
      pid: 812,
      parent: 811,
      group: 812,
      foreground: 4242,
      startTime: "Sun_Nov_1_20:56:10_2026",
      terminal: "ttys003",
      text: "-zsh",
    }),
  ],
  [
    "node",
    row({
      pid: 99_999,
      parent: 812,
      group: 4242,
      foreground: 4242,
      terminal: "ttys003",
      text: "node server.js -p 1 TASKMUX_RUN=abc.1.2 TASKMUX_TASK=web",
    }),
  ],
  [
    "application",
    row({
      pid: 600,
      parent: 1,
      group: 600,
      text: "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome --x",
    }),
  ],
  ["nobody", row({ pid: 355, parent: 1, group: 355, uid: -2, text: "/usr/libexec/helper" })],
  ["nameless", row({ pid: 601, parent: 1, group: 601 })],
] as const)("ps line %s", (name, expected) => {
  expect(parsePsLine(LINES[name])).toEqual(expected);
});

test("a process that a signal has stopped is reported", () => {
  expect(parsePsLine(LINES.node.replace("S+", "T+"))).toMatchObject({ isStopped: true });
});

describe("no process is", () => {
  test.each([
    ["a zombie", LINES.node.replace("S+", "Z+")],
    ["an empty line", ""],
    [
      "a header",
      "  PID  PPID  PGID  TPGID   UID TTY      STAT STARTED                      COMMAND",
    ],
    ["a row without its start time", "  812   811   812   4242   501 ttys003  Ss   20:56  -zsh"],
  ])("%s", (_what, line) => expect(parsePsLine(line)).toBeNull());
});

test.each([
  ["/usr/local/bin/node server.js", "node"],
  ["-zsh", "-zsh"],
  ["", ""],
])("%j calls itself %j", (text, name) => expect(nameOf(row({ text }))).toBe(name));

test("lsof tells names in lines of their own", () => {
  expect(parseLsofNames("p4242\nfcwd\nn/Users/me/the shop\n")).toEqual(["/Users/me/the shop"]);
  const escaped = String.raw`n/Users/jos\xc3\xa9/b\\xc3 \xe5\xba\x97`;
  expect(parseLsofNames(escaped)).toEqual(["/Users/josé/b\\xc3 店"]);
  expect(parseLsofNames("")).toEqual([]);
});
