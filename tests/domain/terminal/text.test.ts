import { describe, expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { CUT_MARK, MAX_LINE_BYTES } from "../../../src/domain/terminal/line-buffer.ts";
import { isNote, noteText, parseMark } from "../../../src/domain/logs/marks.ts";
import { withoutColour } from "../../../src/domain/logs/line.ts";
import { type AfterMark, LogText } from "../../../src/domain/terminal/text.ts";

interface Heard {
  lines: string[];
  marks: string[][];
}

function hear(chunks: readonly Uint8Array[], key = "k"): Heard {
  const heard: Heard = { lines: [], marks: [] };
  let after: AfterMark = "log";
  const text = new LogText({
    line: (bytes, length) =>
      void heard.lines.push(new TextDecoder().decode(bytes.subarray(0, length))),
    mark: (fields) => {
      heard.marks.push(fields);
      const mark = parseMark(fields, key);
      if (mark?.kind === "note" && mark.length !== null) return { note: mark.length };
      if (mark !== null) after = mark.kind === "note" ? "window" : "log";
      return after;
    },
    isNote: (bytes) => isNote(bytes, key),
  });
  for (const chunk of chunks) text.push(chunk, chunk.length);
  text.flush();
  return heard;
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const linesOf = (text: string): string[] => hear([new TextEncoder().encode(text)]).lines;
const linesOfBytes = (text: string): string[] => hear([bytesOf(text)]).lines;

describe("a line is what a person would have read", () => {
  const table: [what: string, input: string, lines: string[]][] = [
    ["plain lines, with a terminal's or a pipe's ends", "a\r\nb\nc\r\r\n", ["a", "b", "c"]],
    ["an empty line stays", "a\r\n\r\nb\r\n", ["a", "", "b"]],
    ["a tab stays", "a\tb\n", ["a\tb"]],
    ["an unfinished line is written at the end", "a\nname? ", ["a", "name? "]],
    ["colours stay", "\x1b[1;31mred\x1b[0m\n", ["\x1b[1;31mred\x1b[0m"]],
    ["colours alone at the end are no line", "a\n\x1b[0m", ["a"]],
    ["colours with colons stay", "\x1b[38:2::1:2:3mx\x1b[m\n", ["\x1b[38:2::1:2:3mx\x1b[m"]],
    ["a private sequence that ends in m is no colour", "\x1b[>4;2mx\x1b[?1m\n", ["x"]],
    [
      "modes, titles, links and queries go",
      "\x1b[?25l\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1b]8;;\x1b\\\x1b[6n\n",
      ["ab"],
    ],
    [
      "DCS, APC, PM, SOS and tmux titles go",
      "\x1bPq#0~\x1b\\a\x1b_G1\x1b\\b\x1b^x\x1b\\c\x1bXy\x1b\\d\x1bktitle\x1b\\e\n",
      ["abcde"],
    ],
    ["short sequences go", "\x1b7a\x1b8\x1b(Bb\x1b=c\x1b#8d\n", ["abcd"]],
    ["bells and other controls go", "a\x07\x00\x01\x0e\x7fb\n", ["ab"]],
    ["C1 controls go, and only they", "a\u0085b\u009b31mc\n", ["ab31mc"]],
    ["a sequence without an end ends with its line", "\x1b]0;never\nnext\n", ["", "next"]],
    ["a CSI without an end too", "a\x1b[31\nnext\n", ["a", "next"]],
    ["a new escape ends an old sequence", "\x1b]0;x\x1b[31my\n", ["\x1b[31my"]],
    ["CAN ends a sequence", "\x1b]0;x\x18y\n", ["y"]],
    ["tmux's passthrough goes", "a\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\b\n", ["ab"]],
  ];
  test.each(table)("%s", (_what, input, lines) => expect(linesOf(input)).toEqual(lines));

  test("a string of a megabyte that has neither end nor line feed is given up: text follows", () => {
    const introducer = "52;c;";
    const whole = bytesOf(`\x1b]${introducer}${"A".repeat((1 << 20) - introducer.length)}`);
    expect(hear([whole, bytesOf("\x07next\n")]).lines).toEqual(["next"]);
    expect(hear([whole, bytesOf("Abc\nnext\n")]).lines).toEqual(["bc", "next"]);
  });
});

describe("a line that is written over ends as its last state", () => {
  const table: [what: string, input: string, lines: string[]][] = [
    ["progress", "10%\r50%\r100%\n", ["100%"]],
    ["with a line feed after each return", "10%\r\n20%\r\n", ["10%", "20%"]],
    ["what isn't overwritten stays", "⠋ building\r⠙\n", ["⠙ building"]],
    ["erased to the end", "Downloading\rDone\x1b[K\n", ["Done"]],
    ["erased before it is written", "Downloading\r\x1b[KDone\n", ["Done"]],
    ["erased whole", "Downloading\x1b[2K\rDone\n", ["Done"]],
    ["erased whole and set back by column", "one\x1b[2K\x1b[1Gtwo\x1b[2K\x1b[1Gthree\n", ["three"]],
    ["blanks that hide the old text don't count", "Downloading\rDone       \n", ["Done"]],
    ["backspaces", "wait |\b/\b-\b\\\n", ["wait \\"]],
    ["a word rubbed out", "lss\b \b -l\n", ["ls -l"]],
    ["each with its colour", "\x1b[33m10%\x1b[0m\r\x1b[32m100%\x1b[0m\n", ["\x1b[32m100%\x1b[0m"]],
    ["a colour around what stays", "\x1b[32mgreen\x1b[0m\rG\n", ["G\x1b[32mreen\x1b[0m"]],
    ["a return before colour and end is no overwriting", "text\r\x1b[0m\n", ["text\x1b[0m"]],
    ["the last return without text keeps the text", "99%\r100%\r\n", ["100%"]],
    ["at the end without a line feed", "10%\r20%", ["20%"]],
    ["moves to the right leave room", "a\x1b[3Cb\n", ["a   b"]],
    ["moves to the left", "abc\x1b[2DX\n", ["aXc"]],
    ["by column", "abc\x1b[2GX\n", ["aXc"]],
    ["cells deleted, inserted, blanked", "abcd\r\x1b[2P\n", ["cd"]],
    ["cells inserted", "abcd\r\x1b[2@\n", ["  abcd"]],
    ["cells blanked", "abcd\r\x1b[2X\n", ["  cd"]],
    ["a wide character counts two", "你好\rab\n", ["ab好"]],
    ["half a wide character is no character", "你好\ra\n", ["a 好"]],
    ["accents stay with their letter", "e\u0301x\ry\n", ["yx"]],
    ["tabs are columns", "a\tb\rX\n", ["X       b"]],
    ["a move up leaves what was written", "one\x1b[1A\x1b[2Ktwo\n", ["one", "two"]],
    ["a move up from an empty line leaves nothing", "one\n\x1b[1A\x1b[2K\rtwo\n", ["one", "two"]],
    ["far moves are bounded", "\x1b[60000Cx\n", [`${" ".repeat(256)}x`]],
  ];
  test.each(table)("%s", (_what, input, lines) => expect(linesOf(input)).toEqual(lines));
});

/** Sequences that clear a screen of this many rows: those of Vite and vue-cli, and others. */
const clears: Record<string, (rows: number) => string> = {
  "as Vite does": (rows) => `${"\r\n".repeat(rows - 1)}\x1b[1;1H\x1b[0J`,
  "by line feeds and a move home": (rows) => `${"\n".repeat(rows)}\x1b[H\x1b[J`,
  "by line feeds and an erased screen": (rows) => `${"\n".repeat(rows)}\x1b[2J\x1b[H`,
  "as clear(1) does": () => "\x1b[H\x1b[2J\x1b[3J",
  "as jest does": () => "\x1b[2J\x1b[3J\x1b[H",
  "as create-react-app does": () => "\x1b[2J\x1b[0f",
  "as tsc does": () => "\x1bc",
};

describe("a cleared screen leaves no blank lines", () => {
  test.each(Object.keys(clears))("%s", (way) => {
    for (const rows of [10, 24, 50, 200]) {
      expect(linesOf(`one\r\n${clears[way]!(rows)}two\r\n\r\nthree\r\n`)).toEqual([
        "one",
        "two",
        "",
        "three",
      ]);
      expect(linesOf(`one\x1b[32m ${clears[way]!(rows)}\r\ntwo\r\n`)).toHaveLength(3);
      const isEnded = clears[way]!(rows).startsWith("\x1b");
      expect(linesOf(`one\r\n   ${clears[way]!(rows)}`)).toEqual(
        isEnded ? ["one"] : ["one", "   "],
      );
    }
  });

  test.each([
    ["a row before the alternate screen", "one\x1b[?1049h\x1b[Hrow", ["one", "row"]],
    ["a row of the alternate screen", "\x1b[?1049hrow\x1b[?1049lready\n", ["row", "ready"]],
    ["with more modes in one sequence", "row\x1b[?25;1049lready\n", ["row", "ready"]],
    ["of old programs", "\x1b[?47hrow\x1b[?47lready\n", ["row", "ready"]],
    ["other modes end no line", "one\x1b[?10490h\x1b[?7l\x1b[?25htwo\n", ["onetwo"]],
    ["a few blank lines before a move home stay", "one\n\n\n\x1b[Htwo\n", ["one", "", "", "two"]],
    [
      "blank lines before another move stay",
      `${"\n".repeat(9)}\x1b[5;1Hx\n`,
      [...Array(9).fill(""), "x"],
    ],
    ["blank lines at the end stay", `one${"\n".repeat(60)}`, ["one", ...Array(59).fill("")]],
    ["a flood of them too", "\n".repeat(2500), Array(2500).fill("")],
  ] as [string, string, string[]][])("%s", (_what, input, lines) => {
    expect(linesOf(input)).toEqual(lines);
  });

  const blank = fc.constant("\r\n");
  const text = fc.stringMatching(/^[a-z]{1,5}$/).map((word) => `${word}\r\n`);
  const clear = fc
    .constantFrom(...Object.values(clears))
    .chain((way) => fc.integer({ min: 10, max: 80 }).map(way));
  const redraw = fc.constantFrom("\x1b[2K\r", "   \r\x1b[K", "\x1b[?25l", "\x1b[1A\x1b[2K");

  test("nor any that a program didn't print, whatever it prints", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(blank, text, clear, redraw)), (pieces) => {
        const own = pieces.filter((piece) => piece === "\r\n").length;
        const found = linesOf(pieces.join("")).filter((line) => withoutColour(line).trim() === "");
        expect(found.length).toBeLessThanOrEqual(own);
      }),
    );
  });

  test("and those that it printed are all there", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            blank,
            text,
            clear.map((way) => `x\r\n${way}`),
          ),
        ),
        (pieces) => {
          const own = pieces.map((piece) => piece.split("\r\n")[0]!);
          expect(linesOf(pieces.join(""))).toEqual(own);
        },
      ),
    );
  });
});

describe("invalid UTF-8 becomes U+FFFD", () => {
  const table: [what: string, input: string, lines: string[]][] = [
    ["a stray byte", "a\xffb\n", ["a\ufffdb"]],
    ["a raw C1 byte", "a\x9bb\n", ["a\ufffdb"]],
    ["a character cut by a line feed", "a\xe2\x82\nb\n", ["a\ufffd", "b"]],
    ["a character cut by an escape", "\xe2\x82\x1b[31mx\n", ["\ufffd\x1b[31mx"]],
    ["a character cut by another", "\xe2\xe2\x82\xac\n", ["\ufffd€"]],
    ["an overlong form", "\xc0\xaf\n", ["\ufffd\ufffd"]],
    ["a longer overlong form", "\xe0\x80\x80\n", ["\ufffd\ufffd\ufffd"]],
    ["a surrogate", "\xed\xa0\x80\n", ["\ufffd\ufffd\ufffd"]],
    ["a number beyond Unicode", "\xf4\x90\x80\x80\n", ["\ufffd\ufffd\ufffd\ufffd"]],
    ["at the end", "\xf0\x9f\x98", ["\ufffd"]],
  ];
  test.each(table)("%s", (_what, input, lines) => expect(linesOfBytes(input)).toEqual(lines));

  test("as the WHATWG decoder has it, for any bytes without controls", () => {
    const byte = fc.integer({ min: 0x20, max: 0xff }).filter((value) => value !== 0x7f);
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 40 }), (values) => {
        const expected = new TextDecoder()
          .decode(Uint8Array.from(values))
          .replace(/[\u0080-\u009f]/g, "");
        const lines = hear([Uint8Array.from([...values, 0x0a])]).lines;
        // TextDecoder takes a byte order mark away.
        expect(lines[0]!.replace(/^\ufeff/, "")).toBe(expected.replace(/^\ufeff/, ""));
      }),
    );
  });
});

describe("a line is cut at 64 KiB", () => {
  test("with a mark, and the next one is whole", () => {
    const lines = linesOf(`${"x".repeat(MAX_LINE_BYTES + 1)}\nnext\n`);
    expect(lines).toEqual([`${"x".repeat(MAX_LINE_BYTES)}${CUT_MARK}`, "next"]);
  });

  test("not where it is exactly as long", () => {
    expect(linesOf(`${"x".repeat(MAX_LINE_BYTES)}\n`)).toEqual(["x".repeat(MAX_LINE_BYTES)]);
  });

  test("never within a character", () => {
    const [line] = linesOf(`x${"€".repeat(30_000)}\n`);
    expect(line).toBe(`x${"€".repeat(21_845)}${CUT_MARK}`);
  });

  test("a prompt without a line feed doesn't grow without limit", () => {
    const lines = hear(Array.from({ length: 100 }, () => bytesOf("y".repeat(5000)))).lines;
    expect(lines).toEqual([`${"y".repeat(MAX_LINE_BYTES)}${CUT_MARK}`]);
  });

  test("and what is written over it is whole again", () => {
    expect(linesOf(`${"x".repeat(MAX_LINE_BYTES + 9)}\r\x1b[Kdone\n`)).toEqual(["done"]);
  });

  test("its colour ends with it", () => {
    const [line] = linesOf(`\x1b[31m${"x".repeat(MAX_LINE_BYTES)}\n`);
    expect(line!.endsWith(`x\x1b[0m${CUT_MARK}`)).toBe(true);
  });

  test("cells too", () => {
    const [line] = linesOf(`a\rb${"x".repeat(MAX_LINE_BYTES + 9)}\n`);
    expect(line!.length).toBe(MAX_LINE_BYTES + CUT_MARK.length);
  });
});

describe("marks of the launcher", () => {
  test("are heard in their place, and are no text", () => {
    expect(hear([bytesOf("a\x1b]7776;k;start;r1;42\x1b\\b\n")])).toEqual({
      lines: ["ab"],
      marks: [["7776", "k", "start", "r1", "42"]],
    });
  });

  test("need their end", () => {
    expect(hear([bytesOf("\x1b]7776;k;start;r1;42\x1b[mb\n")]).marks).toEqual([]);
  });

  test("are heard after any garbage", () => {
    const garbage = fc.uint8Array({ maxLength: 30 });
    fc.assert(
      fc.property(garbage, (bytes) => {
        const { marks } = hear([bytes, bytesOf("\x1b]7776;k;exit;r1;0;exit\x1b\\")]);
        expect(marks.at(-1)).toEqual(["7776", "k", "exit", "r1", "0", "exit"]);
      }),
    );
  });

  test("a note is left out by its length, and what others print in the middle of it is not", () => {
    const text = noteText("[taskmux] ended €", "k");
    const note = `\x1b]7776;k;note;${Buffer.byteLength(text)}\x1b\\${text}`;
    const said = [...Array.from(`one ${note}line\n`), "other\n"];
    expect(linesOf(said.join(""))).toEqual(["one line", "other"]);
    const first = said.indexOf("\x1b", said.indexOf("\x1b") + 1) + 2;
    for (let place = first; place < said.length - 1; place++) {
      const torn = [...said.slice(0, place), "\nforeign\n", ...said.slice(place)].join("");
      expect(linesOf(torn)).toContain("foreign");
    }
    expect(linesOf(note.slice(0, -1))).toEqual(["\x1b[2m[taskmux] ended €\x1b[0m"]);
  });

  test("of a launcher of 0.1.0 a note is for the window only, whatever is in it", () => {
    const note =
      "\x1b]7776;k;note\x1b\\\x1b[2m[taskmux] ended €\r\nx\b\x1b[0m\x1b]7776;k;end\x1b\\";
    expect(hear([new TextEncoder().encode(`a${note}b\n`)]).lines).toEqual(["ab"]);
  });
});

describe("any split of the input into chunks gives the same log", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 8 }),
    fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      "\b",
      "\t",
      "\x1b",
      "\x1b[31m",
      "\x1b[0m",
      "\x1b[K",
      "\x1b[2K",
      "\x1b[1G",
    ),
    fc.constantFrom(
      "\x1b[2D",
      "\x1b[3C",
      "\x1b[A",
      "\x1b]0;t\x07",
      "\x1b]8;;x\x1b\\",
      "\x1bP1\x1b\\",
      "\x1b[2P",
    ),
    fc.constantFrom(
      "\x1b]7776;k;note\x1b\\",
      "\x1b]7776;k;note;20\x1b\\",
      `\x1b]7776;k;note;${noteText("€", "k").length + 2}\x1b\\${noteText("€", "k")}`,
      "\x1b]7776;k;end\x1b\\",
      "\x1b]7776;k;exit;r;0;exit\x1b\\",
    ),
    fc.constantFrom("€", "你", "😀", "e\u0301", "\u009b"),
  );
  const input = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((pieces) => new TextEncoder().encode(pieces.join(""))),
    fc.uint8Array({ maxLength: 80 }),
  );

  test("of anything at all", () => {
    fc.assert(
      fc.property(input, fc.array(fc.nat(200), { maxLength: 12 }), (bytes, places) => {
        const cuts = [
          0,
          ...places.map((place) => Math.min(place, bytes.length)),
          bytes.length,
        ].sort((a, b) => a - b);
        const chunks = cuts.slice(1).map((end, index) => bytes.slice(cuts[index], end));
        expect(hear(chunks)).toEqual(hear([bytes]));
      }),
      { numRuns: 500 },
    );
  });

  test("byte by byte", () => {
    fc.assert(
      fc.property(input, (bytes) => {
        expect(hear(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(hear([bytes]));
      }),
      { numRuns: 300 },
    );
  });

  test("and no line holds anything that a terminal obeys but colours", () => {
    fc.assert(
      fc.property(input, (bytes) => {
        for (const line of hear([bytes]).lines) {
          const rest = line.replace(/\x1b\[[0-9;:]*m/g, "");
          // oxlint-disable-next-line no-control-regex -- they are what is looked for
          expect(rest).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("the line that has not ended", () => {
  const openOf = (input: string, most = 100): string | null => {
    const text = new LogText({ line: () => {}, mark: () => "log", isNote: () => false });
    const bytes = new TextEncoder().encode(input);
    text.push(bytes, bytes.length);
    return text.open(most);
  };
  const table: [what: string, input: string, line: string | null][] = [
    ["none after a line feed", "a\r\n", null],
    ["none of blanks and colours", "a\r\n \x1b[31m \x1b[0m", null],
    ["none of a title", "\x1b]0;title\x07", null],
    ["a prompt, with its blank", "a\r\nUse 3001? (Y/n) ", "Use 3001? (Y/n) "],
    ["without colours", "\x1b[1;32m?\x1b[0m Name \x1b[2m(x)\x1b[0m ", "? Name (x) "],
    ["a redrawn one, up to its cursor", "\r\x1b[Ksbt> x\r\x1b[Ksbt> ", "sbt> "],
    ["an editor's, by columns", "\x1b[2K\x1b[G? Go \x1b[2m(Y/n)\x1b[22m\x1b[6G", "? Go (Y/n)"],
    ["the newest state of a progress bar", "10%\r20%\r30%", "30%"],
    ["with its carriage return", "waiting\r", "waiting"],
    ["none after a move to another row", "? Pick\r\n> a\r\n  b\x1b[2A", null],
    ["none in the alternate screen", "\x1b[?1049h\x1b[HF1 Help", null],
    ["one after the alternate screen", "\x1b[?1049h\x1b[HF1 Help\x1b[?1049l$ ", "$ "],
    ["one after a reset in the alternate screen", "\x1b[?1049h\x1b[Hx\x1bc$ ", "$ "],
    ["none that is long", "a".repeat(101), null],
    ["none that is long and redrawn", `a\r${"b".repeat(101)}`, null],
    ["one that is as long as allowed", "a".repeat(100), "a".repeat(100)],
    ["characters of several bytes", "Weiter\u2026 \u4f60 ", "Weiter\u2026 \u4f60 "],
  ];
  test.each(table)("%s", (_, input, line) => {
    expect(openOf(input)).toBe(line);
  });

  test("asking changes nothing in the log", () => {
    const lines: string[] = [];
    const text = new LogText({
      line: (bytes, length) => void lines.push(new TextDecoder().decode(bytes.subarray(0, length))),
      mark: () => "log",
      isNote: () => false,
    });
    for (const part of ["\x1b[31ma\rb", "c\x1b[0m  \x1b[3D", "d\r\n"]) {
      const bytes = new TextEncoder().encode(part);
      text.push(bytes, bytes.length);
      text.open(100);
    }
    expect(lines).toEqual(linesOf("\x1b[31ma\rbc\x1b[0m  \x1b[3Dd\r\n"));
  });
});
