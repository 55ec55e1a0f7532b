import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { fc } from "../../../helpers/property.ts";
import { ErrorDigest } from "../../../../src/domain/diagnosis/digest/digest.ts";
import type { ProjectPlaces } from "../../../../src/domain/diagnosis/digest/own-file.ts";
import { stampOf } from "../../../../src/domain/logs/line.ts";

const PLACES: ProjectPlaces = {
  root: "/srv/shop",
  directories: ["/srv/shop"],
  isThere: () => true,
};

function digestOf(lines: readonly string[], places = PLACES): ErrorDigest {
  const digest = new ErrorDigest(places);
  for (const [second, text] of lines.entries()) digest.add({ stamp: stampOf(second * 1000), text });
  return digest;
}

const textsOf = (lines: readonly string[]): string[] =>
  digestOf(lines)
    .groups()
    .map(({ text }) => text);

const framesOf = (lines: readonly string[]): string[] =>
  digestOf(lines)
    .groups()
    .flatMap(({ frames }) => frames);

const traceAt = (place: string): string[] => ["Error: x", `    at run (${place})`];

describe("own files", () => {
  test.each([
    ["/srv/shop/api/a.js:1:2", ["api/a.js:1 run"]],
    ["file:///srv/shop/my%20api/a.js:1:2", ["my api/a.js:1 run"]],
    ["src/a.js:1:2", ["src/a.js:1 run"]],
    ["./src/../lib/a.js:1:2", ["lib/a.js:1 run"]],
    ["webpack://shop/./src/a.js:1:2", ["src/a.js:1 run"]],
    ["/srv/shop/node_modules/express/index.js:1:2", []],
    ["/srv/shopping/a.js:1:2", []],
    ["/srv/shop/../other/a.js:1:2", []],
    ["../a.js:1:2", []],
    ["node:fs:1:2", []],
    ["internal/modules/cjs/loader.js:1:2", []],
    ["ext:core/01_core.js:1:2", []],
    ["webpack-internal:///(rsc)/./app/page.js:1:2", []],
    ["http://localhost:3000/src/a.js:1:2", []],
  ])("%s", (place, frames) => {
    expect(framesOf(traceAt(place))).toEqual(frames);
  });

  test("a relative path is one of a file that is there, in the first directory that has it", () => {
    const files = new Set(["/srv/shop/api/src/a.js", "/srv/shop/b.js"]);
    const isThere = (path: string) => files.has(path);
    const places = { root: "/srv/shop", directories: ["/srv/shop/api", "/srv/shop"], isThere };
    const frames = ["src/a.js", "b.js", "src/gone.js", "/srv/shop/old.js"].map(
      (file) => `    at run (${file}:1:2)`,
    );
    expect(digestOf(["Error: x", ...frames], places).groups()[0]?.frames).toEqual([
      "api/src/a.js:1 run",
      "b.js:1 run",
      "old.js:1 run",
    ]);
  });

  test("a Java class has its file where that is there, and libraries are left out then", () => {
    const lines = [
      'Exception in thread "main" java.lang.IllegalStateException: x',
      "\tat org.acme.lib.Pool.get(Pool.java:1)",
      "\tat shop.Orders$Line.load(Orders.java:9)",
      "\tat java.base/java.lang.Thread.run(Thread.java:1)",
    ];
    const isThere = (path: string) => path === "/srv/shop/src/main/java/shop/Orders.java";
    const frames = (there: (path: string) => boolean) =>
      digestOf(lines, { ...PLACES, isThere: there }).groups()[0]?.frames;
    expect(frames(isThere)).toEqual(["src/main/java/shop/Orders.java:9 shop.Orders$Line.load"]);
    expect(frames(() => false)).toEqual([
      "Pool.java:1 org.acme.lib.Pool.get",
      "Orders.java:9 shop.Orders$Line.load",
    ]);
  });

  test.each([
    ["/srv/shop/vendor/rack/app.rb:3:in `call': no such app (LoadError)", []],
    ['  File "/srv/shop/.venv/lib/python3.11/site-packages/x.py", line 2, in go', []],
  ])("%s is another's", (line, frames) => {
    expect(framesOf(["Traceback (most recent call last):", line, "Error: x"])).toEqual(frames);
  });
});

describe("groups", () => {
  test("count what differs in numbers and quotes only, with the first and the last time", () => {
    const lines = [7, 8, 9].map((id) => `ERROR order ${id} of 'client ${id}' failed`);
    expect(digestOf(lines).groups()).toEqual([
      {
        text: "ERROR order 9 of 'client 9' failed",
        frames: [],
        count: 3,
        first_at: "1970-01-01T00:00:00.000Z",
        last_at: "1970-01-01T00:00:02.000Z",
        fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/),
      },
    ]);
  });

  test("have the same fingerprint when the line moved, and another one in another function", () => {
    const printOf = (place: string, name: string): string =>
      digestOf(["Error: x", `    at ${name} (${place})`]).groups()[0]!.fingerprint;
    expect(printOf("/srv/shop/a.js:1:2", "run")).toBe(printOf("/srv/shop/a.js:9:2", "run"));
    expect(printOf("/srv/shop/a.js:1:2", "run")).not.toBe(printOf("/srv/shop/a.js:1:2", "go"));
    expect(printOf("/srv/shop/a.js:1:2", "run")).not.toBe(printOf("/srv/shop/b.js:1:2", "run"));
  });

  test("are at most five, those that came last", () => {
    const names = Array.from("abcdefgh").map((letter) => `error ${letter.repeat(3)}`);
    expect(textsOf([...names, names[0]!])).toEqual([...names.slice(4), names[0]!]);
  });

  test("end with the run", () => {
    const lines = ["Error: x", "[taskmux] started pid 7: node", "    at run (/srv/shop/a.js:1:2)"];
    expect(framesOf(lines)).toEqual([]);
  });
});

describe("what is no error", () => {
  test.each([
    "2026-11-27 00:18:30,570 INFO the error handler is installed",
    "level=warn msg=failed",
    "Warning: Each child in a list should have a key",
    '{"level":30,"msg":"no error"}',
    "GET /errors 200",
    "  indented error",
    "12 |   throw new Error(x);",
    "> vite dev --error",
  ])("%s", (line) => {
    expect(textsOf([line])).toEqual([]);
  });

  test("a line that counts errors is shown if there is nothing else", () => {
    expect(textsOf(["Found 2 errors."])).toEqual(["Found 2 errors."]);
    expect(textsOf(["TypeError: x", "Found 2 errors."])).toEqual(["TypeError: x"]);
  });
});

describe("blocks", () => {
  test("an error whose trace is long still shows its innermost cause", () => {
    const frames = Array.from(
      { length: 90 },
      (_, n) => `\tat org.springframework.X.f(X.java:${n})`,
    );
    const lines = [
      "java.lang.IllegalStateException: out",
      ...frames,
      "Caused by: java.io.IOException: in",
    ];
    const own = "\tat shop.Orders.load(Orders.java:9)";
    expect(digestOf([...lines, own], { ...PLACES, isThere: () => false }).groups()).toMatchObject([
      {
        text: "java.lang.IllegalStateException: out <- java.io.IOException: in",
        frames: ["Orders.java:9 shop.Orders.load"],
      },
    ]);
  });

  test("the line after an error is not part of it", () => {
    const [group] = digestOf([...traceAt("/srv/shop/a.js:1:2"), "GET /b.js:3:4 500"]).groups();
    expect(group?.frames).toEqual(["a.js:1 run"]);
  });

  test("a line that looks like the title of a test hides no error after it", () => {
    const banner = "_____ shop _____";
    const lines = [banner, "listening", ...traceAt("/srv/shop/a.js:1:2"), banner];
    expect(digestOf(lines).groups()).toMatchObject([{ text: "Error: x", frames: ["a.js:1 run"] }]);
  });

  test("a logger's prefix stands before the first line only", () => {
    const lines = ["[server] Error: x", "    at run (/srv/shop/a.js:1:2)", "[server] GET / 500"];
    expect(digestOf(lines).groups()).toMatchObject([{ text: "Error: x", frames: ["a.js:1 run"] }]);
  });

  test("programs whose lines are told apart by a prefix don't mix", () => {
    const lines = [
      "web:dev: Error: x",
      "api-1  | TypeError: y",
      "web:dev:     at run (/srv/shop/a.js:1:2)",
      "api-1  |     at go (/srv/shop/b.js:3:4)",
      "[0] GET /",
    ];
    expect(digestOf(lines).groups()).toMatchObject([
      { text: "Error: x", frames: ["a.js:1 run"] },
      { text: "TypeError: y", frames: ["b.js:3 go"] },
    ]);
  });

  test("what is printed seconds later is not part of an error", () => {
    const digest = new ErrorDigest(PLACES);
    digest.add({ stamp: stampOf(0), text: "Error: x" });
    digest.add({ stamp: stampOf(1500), text: "    at run (/srv/shop/a.js:1:2)" });
    digest.add({ stamp: stampOf(4000), text: "    reloaded b.js:3:4" });
    expect(digest.groups()).toMatchObject([{ text: "Error: x", frames: ["a.js:1 run"] }]);
  });

  test("log lines after a panic without a trace are not part of it", () => {
    expect(textsOf(["panic: x", "[Error] y"])).toEqual(["panic: x", "[Error] y"]);
  });

  test("colours don't matter", () => {
    const lines = ["\x1b[31mError: x\x1b[0m", "\x1b[2m    at run (/srv/shop/a.js:1:2)\x1b[0m"];
    expect(digestOf(lines).groups()).toMatchObject([{ text: "Error: x", frames: ["a.js:1 run"] }]);
  });
});

describe("any output", () => {
  const part = fc.constantFrom(
    "Error: x",
    "Traceback (most recent call last):",
    '  File "/srv/shop/a.py", line 1',
    "panic: x",
    "goroutine 1 [running]:",
    "thread 'main' panicked at src/a.rs:1:2:",
    "    at f (/srv/shop/a.js:1:2)",
    "Caused by: y",
    "  [cause]: Error: z",
    "  1 | code",
    "    ^^^",
    "",
    "/srv/shop/a.js:1",
    "  1:2  error  x  y",
    "   ╭─[ a.js:1:2 ]",
    '{"level":50,"err":{"stack":"Error: x\\n    at f (/srv/shop/a.js:1:2)"}}',
    "_____ test_x _____",
    "E   x",
    "[taskmux] started pid 1",
  );
  const line = fc.oneof(part, fc.string({ unit: "binary", maxLength: 300 }), fc.string());

  test("gives a small digest", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 200 }), (lines) => {
        const groups = digestOf(lines).groups();
        expect(groups.length).toBeLessThanOrEqual(5);
        for (const { text, frames, count } of groups) {
          expect(text.length).toBeLessThanOrEqual(300);
          expect(text.isWellFormed()).toBe(true);
          expect(text).not.toContain("\n");
          expect(frames.length).toBeLessThanOrEqual(3);
          expect(count).toBeGreaterThan(0);
        }
      }),
    );
  });

  test("of real programs, in any order, throws nothing and keeps to the project's files", () => {
    const directory = join(import.meta.dir, "outputs");
    const names = readdirSync(directory).filter((name) => name.endsWith(".txt"));
    const real = names.flatMap((name) => readFileSync(join(directory, name), "utf8").split("\n"));
    const lines = fc.array(fc.constantFrom(...real), { minLength: 20, maxLength: 120 });
    fc.assert(
      fc.property(lines, (texts) => {
        for (const place of framesOf(texts)) {
          expect(place).toMatch(/^[^\s:]+:\d+( \S.*)?$/);
          expect(place).not.toMatch(/node_modules|site-packages|^\/|node:/);
        }
      }),
    );
  });

  test("is the same however often it is asked for at the end", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 50 }), (lines) => {
        const digest = digestOf(lines);
        expect(digest.groups()).toEqual(digest.groups());
      }),
    );
  });
});

test("a line of JSON in colours is one", () => {
  const lines = ['{"level":50,"msg":"queue is full"}', '{"level":30,"msg":"Error: none"}'];
  expect(textsOf(lines)).toEqual(["queue is full"]);
  expect(textsOf(lines.map((line) => `\x1b[31m${line}\x1b[0m`))).toEqual(["queue is full"]);
});

test("groups that are known leave room for a new one", () => {
  const known = Array.from({ length: 6 }, (_, n) => `error ${"xy".repeat(1 + n)}`);
  const now = digestOf(["error new", ...known]);
  expect(now.groups(digestOf(known).fingerprints())).toMatchObject([{ text: "error new" }]);
});

describe("much output", () => {
  test("of lines that never end a block keeps no more than a block", () => {
    const digest = new ErrorDigest(PLACES);
    const text = `    ${"x".repeat(1000)}`;
    digest.add({ stamp: stampOf(0), text: "Error: x" });
    for (let count = 0; count < 20_000; count++) digest.add({ stamp: stampOf(count), text });
    expect(digest.groups()).toMatchObject([{ text: "Error: x", count: 1 }]);
  });

  test("of different errors keeps as many groups as are ever shown, and some more", () => {
    const lines = Array.from({ length: 500 }, (_, n) => `error ${"xy".repeat(1 + n)}`);
    expect(digestOf(lines).fingerprints().size).toBe(64);
  });
});
