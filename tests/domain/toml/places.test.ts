import { expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { locateIn } from "../../../src/domain/toml/places.ts";
import type { Path } from "../../../src/domain/values/shape.ts";

/** In each text, `<` stands before the key that is looked for and `>` before its value. */
const CASES: [what: string, text: string, path: Path][] = [
  ["a key at the top", `<name = >"x"`, ["name"]],
  ["a key in a table", `[tasks.web]\n  <port = >3`, ["tasks", "web", "port"]],
  ["a table", `a = 1\n<>[tasks.web]\ncommand = "x"`, ["tasks", "web"]],
  ["a table named by its subtable", `[tasks.<>web.hooks]\nafter_stop = "x"`, ["tasks", "web"]],
  ["a table before its subtable", `<>[tasks.web]\na = 1\n[tasks.web.hooks]`, ["tasks", "web"]],
  ["a table defined after its subtable", `[tasks.web.hooks]\n<>[tasks.web]`, ["tasks", "web"]],
  ["a dotted key", `<tasks.web.port = >3`, ["tasks", "web", "port"]],
  ["a dotted key with blanks", `<tasks . web\t. port = >3`, ["tasks", "web", "port"]],
  [
    "a key in an inline table",
    `[tasks]\nweb = { command = "x", <port = >3 }`,
    ["tasks", "web", "port"],
  ],
  ["an inline table", `[tasks]\n<web = >{ command = "x" }`, ["tasks", "web"]],
  ["a dotted key in an inline table", `tasks = { <web.port = >3 }`, ["tasks", "web", "port"]],
  ["an inline table of many lines", `tasks = { # c }\n  a = "}",\n  <b = >2,\n}`, ["tasks", "b"]],
  ["a quoted key", `[tasks."a.b"]\n<"port" = >3`, ["tasks", "a.b", "port"]],
  ["a literal key", `<'a\\b' = >3`, ["a\\b"]],
  ["a key with escapes", `<"\\u0061\\x62\\U00000063\\"\\n" = >3`, ['abc"\n']],
  ["an empty key", `<"" = >3`, [""]],
  ["an element", `a = [1, <>2]`, ["a", 1]],
  ["an element over lines", `a = [\n  "]", # ]\n  'x',\n  <>"y",\n]`, ["a", 2]],
  ["an element of an element", `a = [[1], [2, <>3]]`, ["a", 1, 1]],
  ["a key in an element", `a = [{ b = 1 }, { <b = >2 }]`, ["a", 1, "b"]],
  ["an array of tables", `[[a]]\nb = 1\n[[a]]\n<b = >2`, ["a", 1, "b"]],
  ["a table in an array of tables", `[[a]]\n[[a]]\n[a.c]\n<b = >2`, ["a", 1, "c", "b"]],
  ["what follows a long string", `a = """\nb = 1\n\\""" "" """""\n<b = >2`, ["b"]],
  ["what follows a long literal", `a = '''\nb = 1\n\\''''\n<b = >2`, ["b"]],
  ["what follows a string with a #", `a = "# \\" ["\n<b = >2`, ["b"]],
  ["what follows a comment", `# [x] a = "\n<b = >2 # c`, ["b"]],
  ["what follows a date", `a = [1979-05-27 07:32:00, 1]\n<b = >2`, ["b"]],
  ["lines that end in CR LF", `a = 1\r\n[tasks.web]\r\n<b = >2`, ["tasks", "web", "b"]],
  [
    "names that objects have",
    `[tasks.__proto__]\n<constructor = >2`,
    ["tasks", "__proto__", "constructor"],
  ],
  ["a key after deep nesting", `a = ${"[".repeat(50_000)}"]"${"]".repeat(50_000)}\n<b = >2`, ["b"]],
  ["a key after deep tables", `a = ${"{a=".repeat(50_000)}1${"}".repeat(50_000)}\n<b = >2`, ["b"]],
];

test.each(CASES)("finds %s", (_, marked, path) => {
  const plain = marked.replace("<", "").replace(">", "");
  const key = marked.replace(">", "").indexOf("<");
  const value = marked.replace("<", "").indexOf(">");
  const locate = locateIn(plain);
  expect(locate(path, "value")).toEqual(placeAt(plain, value));
  if (typeof path.at(-1) === "string") expect(locate(path, "key")).toEqual(placeAt(plain, key));
});

function placeAt(text: string, offset: number) {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

test("what isn't written has the place of what it would be in", () => {
  const locate = locateIn(`a = 1\n[tasks.web]\nport = 3`);
  expect(locate(["tasks", "web", "command"], "value")).toEqual({ line: 2, column: 1 });
  expect(locate(["tasks", "api", "command"], "value")).toEqual({ line: 2, column: 2 });
  expect(locate(["hooks"], "key")).toBeNull();
});

test("a text of any characters is passed through, valid or not", () => {
  const pieces = fc.constantFrom(
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    '"""',
    "'''",
    "=",
    ",",
    ".",
    "#",
    "\n",
    "\\",
    "a",
    " ",
    "\r",
  );
  fc.assert(
    fc.property(
      fc.array(pieces).map((parts) => parts.join("")),
      (text) => {
        expect(locateIn(text)(["a"], "key")?.line ?? 1).toBeGreaterThan(0);
      },
    ),
    { numRuns: 2000 },
  );
});
