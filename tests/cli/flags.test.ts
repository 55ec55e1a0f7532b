import { describe, expect, test } from "bun:test";
import { count, duration, text, texts, toggle } from "../../src/cli/arguments.ts";
import { flagsOf, readFlags, unknownCommand } from "../../src/cli/flags.ts";
import { isFailure } from "../../src/domain/failure.ts";

const known = flagsOf({
  json: toggle({ description: "" }),
  follow: toggle({ alias: "f", description: "" }),
  config: text({ alias: "c", valueHint: "PATH", description: "" }),
  lines: count({ alias: "n", valueHint: "COUNT", default: "100", description: "" }),
  size: count({
    alias: "s",
    synonym: { name: "length", alias: "l" },
    valueHint: "COUNT",
    description: "",
  }),
  timeout: duration({ valueHint: "DURATION", default: "60s", description: "" }),
  task: texts({ alias: "t", valueHint: "TASK", description: "" }),
});

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
  ["logs -l 5", ["logs"], { size: 5 }],
  ["logs -fl5", ["logs"], { follow: true, size: 5 }],
  ["logs --length=5", ["logs"], { size: 5 }],
  ["logs -s 5 --length 6", ["logs"], { size: 6 }],
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
  expect({ words: found.words, flags: Object.fromEntries(found.flags) }).toEqual({ words, flags });
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
  ["logs --length x", "--length takes a whole number, not 'x'", undefined],
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
  test("names the nearest one", () => {
    expect(unknownCommand("statsu", ["start", "status"])).toMatchObject({
      code: "E501",
      message: "Unknown command 'statsu'",
      hint: "Did you mean 'status'?",
    });
  });

  test("without a near one refers to the list", () => {
    expect(unknownCommand("zzzzzz", ["start"]).hint).toContain("taskmux --help");
  });
});
