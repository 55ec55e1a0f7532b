import { describe, expect, test } from "bun:test";
import { parseDotenv } from "../../../src/domain/config/dotenv.ts";
import { interpolate, InterpolationError } from "../../../src/domain/config/interpolate.ts";

const ENVIRONMENT: Record<string, string> = { HOST: "box", EMPTY: "", CITY: "Köln" };
const lookup = (name: string): string | undefined =>
  Object.hasOwn(ENVIRONMENT, name) ? ENVIRONMENT[name] : undefined;

const files: [what: string, text: string, variables: Record<string, string>][] = [
  ["nothing", "", {}],
  ["blank lines and comments", "\n# A=1\n  # B=2\n\n", {}],
  ["spaces around", " A = two words \nB=1\t", { A: "two words", B: "1" }],
  ["lines of Windows", "A=1\r\nB='2'\r\n", { A: "1", B: "2" }],
  ["export", "export A=1\nexport\tB=2\nexported=3", { A: "1", B: "2", exported: "3" }],
  ["a colon", "A: 1\nB:2", { A: "1", B: "2" }],
  ["names", "a.b=1\nA-B=2\nÄ=3\n_=4", { "a.b": "1", "A-B": "2", Ä: "3", _: "4" }],
  ["an empty value", "A=\nB=\nC=''\nD=\"\"", { A: "", B: "", C: "", D: "" }],
  ["an equals sign in a value", "A=b=c", { A: "b=c" }],
  ["the last of two", "A=1\nA=2", { A: "2" }],

  [
    "# in a value",
    "A=p#ss\nB=http://localhost/#/home",
    { A: "p#ss", B: "http://localhost/#/home" },
  ],
  [
    "a comment after a value",
    "A=v # c\nB=v\t# c\nC= # c\nD=v #",
    { A: "v", B: "v", C: "", D: "v" },
  ],
  ["a comment after quotes", `A="v # w" # c\nB='v'#c\nC=1`, { A: "v # w", B: "v", C: "1" }],
  ["quotes within a value", `A=it's\nB=a"b"`, { A: "it's", B: `a"b"` }],
  ["backquotes", "A=`id`", { A: "`id`" }],

  ["double quotes", `A="a\\nb\\tc\\"d\\\\e\\qf"`, { A: `a\nb\tc"d\\e\\qf` }],
  ["JSON in double quotes", `A="{\\"type\\": \\"service\\"}"`, { A: `{"type": "service"}` }],
  ["single quotes", `A='a\\nb "c" $HOST # d'`, { A: `a\\nb "c" $HOST # d` }],
  ["a quote in single quotes", `A='Let\\'s go'`, { A: "Let's go" }],
  ["escapes without quotes", "A=a\\tb", { A: "a\\tb" }],
  ["several lines", `A="one\ntwo"\nB='one\ntwo'\nC=3`, { A: "one\ntwo", B: "one\ntwo", C: "3" }],

  ["variables", "A=$HOST:1\nB=\"${HOST}\"\nC='$HOST'", { A: "box:1", B: "box", C: "$HOST" }],
  ["a variable of the file", "USER=me\nA=${USER}@$HOST", { USER: "me", A: "me@box" }],
  ["the environment's before the file's", "HOST=mine\nA=$HOST", { HOST: "mine", A: "box" }],
  ["a dollar sign", 'A=pa$$w\nB="a\\$HOST"\nC=1$ $(id)', { A: "pa$w", B: "a$HOST", C: "1$ $(id)" }],
  ["a variable that isn't set", "A=$NOBODY-\nB=${NOBODY:-x}", { A: "-", B: "x" }],
  ["a name alone", "HOST\nNOBODY\nA=1\nCITY", { HOST: "box", A: "1", CITY: "Köln" }],
];

test.each(files)("%s", (_, text, variables) => {
  expect(parseDotenv(text, lookup)).toEqual({ variables, error: null });
});

test.each([
  ['A=1\n\nB="x\nC=2', { line: 3, reason: "the quote of B is not closed" }],
  ["A='x\\'", { line: 1, reason: "the quote of A is not closed" }],
  ["A=1\nwhat is this\n", { line: 2, reason: "expected NAME=VALUE" }],
  ["=1", { line: 1, reason: "expected NAME=VALUE" }],
  ["A=1\nB=${NOBODY:?set it}", { line: 2, reason: "NOBODY is not set: set it" }],
])("%j is refused", (text, error) => {
  expect(parseDotenv(text, lookup).error).toEqual(error);
});

test("a large file is read in one pass", () => {
  const lines = "A=b\n# c\n\n".repeat(100_000);
  expect(parseDotenv(lines, lookup)).toEqual({ variables: { A: "b" }, error: null });
  expect(parseDotenv(`A="${"\\".repeat(500_000)}`, lookup).error).not.toBeNull();
  expect(parseDotenv(`A=${"${A:-".repeat(100_000)}`, lookup).error).toBeNull();
});

describe("interpolate", () => {
  test.each([
    ["${EMPTY:-x} ${EMPTY-x} ${HOST:-x} ${NOBODY-x}", "x  box x"],
    ["${EMPTY:+x} ${EMPTY+x} ${HOST:+x} ${NOBODY+x}", " x x "],
    ["${NOBODY:-${HOST}:1}", "box:1"],
    ["${NOBODY:-a}b}", "ab}"],
    ["${HOST:?no} ${EMPTY?no}", "box "],
    ["$1 $ ${ ${} ${HOST", "$1 $ ${ ${} ${HOST"],
    ["${HOST!}", "${HOST!}"],
  ])("%s", (text, expected) => expect(interpolate(text, lookup)).toBe(expected));

  test.each(["${EMPTY:?no}", "${NOBODY?}"])("%s fails", (text) => {
    expect(() => interpolate(text, lookup)).toThrow(InterpolationError);
  });
});

test("names that objects have are names like others", () => {
  const { variables } = parseDotenv("constructor=2\ntoString=$constructor", lookup);
  expect(Object.entries(variables)).toEqual([
    ["constructor", "2"],
    ["toString", "2"],
  ]);
});
