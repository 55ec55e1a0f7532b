import { describe, expect, test } from "bun:test";
import { type Flag, readFlags, unknownCommand } from "../../src/cli/flags.ts";
import { isFailure } from "../../src/domain/failure.ts";

const known: Flag[] = [
  { name: "json", kind: "boolean", summary: "" },
  { name: "follow", short: "f", kind: "boolean", summary: "" },
  { name: "config", short: "c", kind: "string", value: "PATH", summary: "" },
  { name: "lines", short: "n", kind: "count", value: "N", summary: "" },
  { name: "timeout", kind: "duration", value: "60s", summary: "" },
  { name: "task", short: "t", kind: "list", value: "TASK", summary: "" },
];

const read = (line: string) => readFlags(line === "" ? [] : line.split(" "), known);

test.each([
  ["", [], {}],
  ["start web", ["start", "web"], {}],
  ["--json start", ["start"], { json: true }],
  ["start --json web", ["start", "web"], { json: true }],
  ["start -c x.toml", ["start"], { config: "x.toml" }],
  ["start -cx.toml", ["start"], { config: "x.toml" }],
  ["start --config x.toml", ["start"], { config: "x.toml" }],
  ["start --config=x.toml", ["start"], { config: "x.toml" }],
  ["start --config=a=b", ["start"], { config: "a=b" }],
  ["start --config=", ["start"], { config: "" }],
  ["start -c --json", ["start"], { config: "--json" }],
  ["logs -fn5", ["logs"], { follow: true, lines: 5 }],
  ["logs -fn 5", ["logs"], { follow: true, lines: 5 }],
  ["logs -n 0", ["logs"], { lines: 0 }],
  ["start --timeout 90s", ["start"], { timeout: 90 }],
  ["start --timeout=1h30m", ["start"], { timeout: 5400 }],
  ["start --timeout 2.5", ["start"], { timeout: 2.5 }],
  ["events -t a -t b --task=c", ["events"], { task: ["a", "b", "c"] }],
  ["start -c a -c b", ["start"], { config: "b" }],
  ["stop -- --json -x", ["stop", "--json", "-x"], {}],
  ["--", [], {}],
  ["start -", ["start", "-"], {}],
])("'%s'", (line, words, flags) => {
  const found = read(line);
  if (isFailure(found)) throw new Error(found.message);
  expect({ words: found.words, flags: { ...found.flags } }).toEqual({ words, flags });
});

test.each([
  ["start --jsno", "Unknown flag '--jsno'", "Did you mean '--json'?"],
  ["start --zzzzzz", "Unknown flag '--zzzzzz'", "See the flags with --help"],
  ["start -x", "Unknown flag '-x'", "See the flags with --help"],
  ["start -fx", "Unknown flag '-x'", "See the flags with --help"],
  ["start --json=yes", "--json takes no value", undefined],
  ["start --config", "--config needs a value: --config PATH", undefined],
  ["start -c", "-c needs a value: -c PATH", undefined],
  ["logs -n many", "-n takes a whole number, not 'many'", undefined],
  ["logs -n -5", "-n takes a whole number, not '-5'", undefined],
  ["logs -n 1.5", "-n takes a whole number, not '1.5'", undefined],
  ["start --timeout soon", "--timeout takes a duration such as 90s or 5m, not 'soon'", undefined],
])("'%s' is E500", (line, message, hint) => {
  expect(read(line)).toMatchObject({ code: "E500", message, hint });
});

test("names that mean something to JavaScript are no flags", () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    expect(readFlags([`--${name}`], known)).toMatchObject({ code: "E500" });
  }
});

describe("an unknown command", () => {
  test("is told with the nearest one", () => {
    expect(unknownCommand("statsu", ["start", "status"])).toMatchObject({
      code: "E501",
      message: "Unknown command 'statsu'",
      hint: "Did you mean 'status'?",
    });
  });

  test("without a near one is told where they all are", () => {
    expect(unknownCommand("zzzzzz", ["start"]).hint).toContain("taskmux --help");
  });
});
