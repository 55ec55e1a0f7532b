import { expect, test } from "bun:test";
import { array, assert, asyncProperty, constantFrom } from "fast-check";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isIgnored, parseIgnoreFile } from "../../../src/domain/watch/gitignore.ts";
import { createWorld } from "../../helpers/world.ts";

/** Whether a path or a directory above it is ignored, as git decides. */
function isIgnoredAtAll(files: Record<string, string>, path: string): boolean {
  const isDirectory = path.endsWith("/");
  const names = path.split("/").filter(Boolean);
  return names.some((_, index) => {
    const own = names.slice(0, index + 1);
    const applying = Object.entries(files)
      .map(([file, text]) => ({ directory: file.split("/").slice(0, -1), text }))
      .filter(
        ({ directory }) =>
          directory.every((name, at) => name === own[at]) && directory.length <= index,
      )
      .toSorted((one, other) => one.directory.length - other.directory.length)
      .map(({ directory, text }) => ({ depth: directory.length, rules: parseIgnoreFile(text) }));
    return isIgnored(applying, own, isDirectory || index < names.length - 1);
  });
}

const PATHS = [
  "a.log",
  "keep.log",
  "build/",
  "build/x.js",
  "src/a.log",
  "src/build/",
  "src/build/x",
  "src/deep/build/x",
  "#a",
  "!b",
  "x ",
  "doc/a.txt",
  "doc/b/c.txt",
  "doc/b/c.pdf",
  "src/[id].ts",
  "src/i.ts",
  "foo/bar",
  "q/foo/bar",
  "foo/x/bar",
  "tmp",
  "src/tmp/",
  "src/tmp/a",
  ".env",
  ".env.local",
  "a/b/c/d",
];
const LINES = [
  "*.log",
  "!keep.log",
  "build",
  "build/",
  "/build",
  "src/build",
  "**/build",
  "build/**",
  "\\#a",
  "\\!b",
  "x\\ ",
  "# a",
  "",
  "doc/*.txt",
  "doc/**/*.pdf",
  "/*",
  "!/src",
  "src/[[]id].ts",
  "src/[id].ts",
  "foo/**/bar",
  "foo/bar",
  "tmp/",
  "*",
  "!*/",
  "!src/",
  ".env*",
  "!.env",
  "**",
  "a/**/d",
  "a/**",
  "?/b",
  "[!a].log",
  "foo/*",
  "  ",
  "*.log  ",
  "!build/",
];

test("rules mean what git makes of them", async () => {
  await using world = createWorld();
  await world.runProgram(["git", "init", "-q"]);
  for (const path of PATHS) {
    mkdirSync(join(world.project, path.endsWith("/") ? path : dirname(path)), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(join(world.project, path), "");
  }
  const text = array(constantFrom(...LINES), { maxLength: 5 }).map((lines) => lines.join("\n"));
  const property = asyncProperty(text, text, async (top, inner) => {
    const files = { ".gitignore": top, "src/.gitignore": inner };
    for (const [path, content] of Object.entries(files)) world.write(path, content);
    const asked = await world.runProgram(["git", "check-ignore", "--stdin", "-z"], {
      stdin: `${PATHS.map((path) => path.replace(/\/$/, "")).join("\0")}\0`,
    });
    const byGit = new Set(asked.stdout.split("\0").filter(Boolean));
    expect(PATHS.filter((path) => isIgnoredAtAll(files, path))).toEqual(
      PATHS.filter((path) => byGit.has(path.replace(/\/$/, ""))),
    );
  });
  await assert(property, { numRuns: 150 });
});
