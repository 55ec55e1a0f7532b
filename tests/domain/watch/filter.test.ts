import { describe, expect, test } from "bun:test";
import {
  isLeftOutByDefault,
  type Progress,
  WatchFilter,
} from "../../../src/domain/watch/filter.ts";
import { patternError, watchPatterns } from "../../../src/domain/watch/patterns.ts";

/** The progress of a path whose directories are left out as by default, or by name. */
function walk(written: string[], path: string, leftOut: string[] = []) {
  const filter = new WatchFilter(watchPatterns(written, ["home", "app"]).patterns);
  const names = path.split("/").filter(Boolean);
  let progress: Progress = filter.begin();
  for (const [index, name] of names.entries()) {
    const isDirectory = index < names.length - 1 || path.endsWith("/");
    const isOut = leftOut.includes(name) || (isDirectory && isLeftOutByDefault(name));
    progress = filter.enter(progress, name, isOut);
  }
  return { accepts: filter.accepts(progress), mayContain: filter.mayContain(progress) };
}

test.each([
  [["src/**/*.py"], "src/a.py", true],
  [["src/**/*.py"], "src/a/b/c.py", true],
  [["src/**/*.py"], "src/a.js", false],
  [["src/**/*.py"], "a.py", false],
  [["*.py"], "a.py", true],
  [["*.py"], "src/a.py", false],
  [["**/*.py"], "a.py", true],
  [["src/*"], "src/a/b", false],
  [["src"], "src/a/b.py", true],
  [["src/"], "src/a/b.py", true],
  [["./src"], "src/a", true],
  [["."], "a/b", true],
  [["packages/*/src"], "packages/ui/src/a.ts", true],
  [["packages/*/src"], "packages/ui/lib/a.ts", false],
  [["{src,lib}/**/*.{ts,tsx}"], "lib/x/a.tsx", true],
  [["{src,lib}/**/*.{ts,tsx}"], "lib/x/a.js", false],
  [["src/**", "!src/**/test_*"], "src/a/test_b.py", false],
  [["src/**", "!src/**/test_*"], "src/a/b.py", true],
  [["src/**", "!src/test_data"], "src/test_data/a.py", false],
  [["src/**", "!src/gen", "src/gen/keep.ts"], "src/gen/keep.ts", true],
  [["src/**", "!src/gen", "src/gen/keep.ts"], "src/gen/other.ts", false],
  // The last one that matches decides.
  [["!src/a.ts", "src/**"], "src/a.ts", true],
  // Names with a leading dot must be named.
  [["**"], ".env", false],
  [["**"], ".cache/a", false],
  [[".env"], ".env", true],
  [[".env*"], ".env.local", true],
  [["**/.env"], "api/.env", true],
  [["*"], ".env", false],
  [["src/[ab].ts"], "src/b.ts", true],
  [["src/\\[id\\].ts"], "src/[id].ts", true],
  [["src/[id].ts"], "src/[id].ts", false],
  [["a?.txt"], "ab.txt", true],
  [["**"], "node_modules/x/index.js", false],
  [["**/*.js"], "a/dist/b.js", false],
  [["dist/**/*.js"], "dist/a/b.js", true],
  [["node_modules/@me/ui/**"], "node_modules/@me/ui/a.js", true],
  [["node_modules/@me/ui/**"], "node_modules/@me/ui/node_modules/a.js", false],
  [["target"], "target/debug/app", true],
  [["**"], "target", true],
])("%j, %s: %p", (written, path, accepts) => {
  expect(walk(written, path).accepts).toBe(accepts);
});

test.each([
  [["src/**/*.py"], "src/", true],
  [["src/**/*.py"], "src/a/", true],
  [["src/**/*.py"], "docs/", false],
  [["src/*.py"], "src/a/", false],
  [["*.py"], "src/", false],
  [["src"], "src/a/", true],
  [["**"], "node_modules/", false],
  [["**"], ".git/", false],
  [["node_modules/ui/**"], "node_modules/", true],
  [["node_modules/ui/**"], "node_modules/left-pad/", false],
  [["**", "!vendor"], "vendor/", false],
  [["**", "!vendor/**"], "vendor/a/", false],
  [["**", "!vendor", "vendor/mine/**"], "vendor/", true],
  [["**", "!vendor", "vendor/mine/**"], "vendor/theirs/", false],
])("%j may have something in %s: %p", (written, path, mayContain) => {
  expect(walk(written, path).mayContain).toBe(mayContain);
});

test.each([
  [["build/**"], "build/a.js", ["build"], true],
  [["**/*.js"], "build/a.js", ["build"], false],
  [[".env"], ".env", [".env"], true],
  [["*.env"], "a.env", ["a.env"], false],
  [["build"], "build/a.log", ["build", "a.log"], false],
])("%j, %s with %j in a .gitignore: %p", (written, path, ignored, accepts) => {
  expect(walk(written, path, ignored).accepts).toBe(accepts);
});

describe("patterns that begin above the cwd", () => {
  test("are counted from there, as all others then", () => {
    const written = ["src/**", "../shared/**", "!../shared/*.md"];
    expect(watchPatterns(written, ["home", "me", "a[1]"])).toEqual({
      up: 1,
      patterns: [
        { isNegated: false, path: "a\\[1]/src/**" },
        { isNegated: false, path: "shared/**" },
        { isNegated: true, path: "shared/*.md" },
      ],
    });
  });

  test("end at the root", () => {
    expect(watchPatterns(["../../../x", "a"], ["home"])).toEqual({
      up: 1,
      patterns: [
        { isNegated: false, path: "x" },
        { isNegated: false, path: "home/a" },
      ],
    });
  });
});

test.each([
  ["/etc/*.conf", "must be relative"],
  ["!/etc", "must be relative"],
  ["~/x", "without ~"],
  ["src/../../x", "only at its beginning"],
  ["{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", "more than 256"],
])("%s is refused", (written, reason) => {
  expect(patternError(written)).toContain(reason);
});

test.each(["../../x/**", "./../x", "..", "a..b/*", "{a}", "{a", "src/[ab", "!x"])(
  "%s is allowed",
  (written) => expect(patternError(written)).toBeNull(),
);
