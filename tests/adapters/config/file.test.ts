import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fc } from "../../helpers/property.ts";
import {
  absolutePath,
  findConfig,
  loadProject,
  readProject,
} from "../../../src/adapters/config/file.ts";
import { homeDirectory } from "../../../src/adapters/system/paths.ts";
import type { Project } from "../../../src/domain/config/config.ts";
import { type Failure, isFailure } from "../../../src/domain/failure.ts";
import { directoryWith } from "../../helpers/directory.ts";

const failureOf = (value: unknown): Failure => {
  if (!isFailure(value)) throw new Error(`no failure: ${JSON.stringify(value)}`);
  return value;
};

async function project(path: string): Promise<Project> {
  const loaded = await readProject(path);
  if (isFailure(loaded)) throw new Error(loaded.message);
  return loaded;
}

describe("findConfig", () => {
  test("takes the nearest taskmux.toml above", () => {
    using root = directoryWith({
      "taskmux.toml": "",
      "a/taskmux.toml": "",
      "a/b/c/x": "",
      "d/x": "",
    });
    const from = (cwd: string) => findConfig(join(root.path, cwd));
    expect(from("a/b/c")).toBe(join(root.path, "a/taskmux.toml"));
    expect(from("a")).toBe(join(root.path, "a/taskmux.toml"));
    expect(from("d")).toBe(join(root.path, "taskmux.toml"));
  });

  test("takes what is named: a file of any name, or a directory with a taskmux.toml", () => {
    using root = directoryWith({ "a/taskmux.toml": "", "a/other.toml": "", "b/x": "" });
    const named = (explicit: string) => findConfig(join(root.path, "b"), explicit);
    expect(named("../a/other.toml")).toBe(join(root.path, "a/other.toml"));
    expect(named("../a")).toBe(join(root.path, "a/taskmux.toml"));
    expect(named(join(root.path, "a"))).toBe(join(root.path, "a/taskmux.toml"));
  });

  test("an empty name is none", () => {
    using root = directoryWith({ "taskmux.toml": "" });
    expect(findConfig(root.path, "")).toBe(join(root.path, "taskmux.toml"));
  });

  test("doesn't search beyond the top of a linked git worktree", () => {
    using root = directoryWith({
      "taskmux.toml": "",
      ".git/worktrees/x/commondir": "../..\n",
      "trees/x/.git": "gitdir: ../../.git/worktrees/x\n",
      "trees/x/sub/file": "",
      "module/.git": "gitdir: ../.git/modules/module\n",
    });
    for (const place of ["trees/x", "trees/x/sub"]) {
      const failure = failureOf(findConfig(join(root.path, place)));
      expect(failure.code).toBe("E100");
      expect(failure.message).toContain(join(root.path, "trees/x"));
      expect(failure.message).toContain(join(root.path, "taskmux.toml"));
      expect(failure.hint).toContain("-c PATH");
    }
    expect(findConfig(join(root.path, "module"))).toBe(join(root.path, "taskmux.toml"));
    writeFileSync(join(root.path, "trees/x/taskmux.toml"), "");
    expect(findConfig(join(root.path, "trees/x/sub"))).toBe(
      join(root.path, "trees/x/taskmux.toml"),
    );
  });

  test("fails with E100 and the way on", () => {
    using root = directoryWith({ "b/x": "" });
    // Nothing above a temporary directory has a config.
    const none = failureOf(findConfig(root.path));
    expect(none.code).toBe("E100");
    expect(none.message).toContain(root.path);
    expect(none.hint).toContain("taskmux init");
    expect(failureOf(findConfig(root.path, "no.toml")).message).toBe(
      "Config file 'no.toml' doesn't exist",
    );
    expect(failureOf(findConfig(root.path, "b")).message).toBe(
      "The directory 'b' has no taskmux.toml",
    );
    expect(failureOf(findConfig(root.path, "b/x/y")).code).toBe("E100");
    expect(failureOf(findConfig(join(root.path, "gone"))).code).toBe("E100");
  });

  test("resolves links in the directory, and leaves that of the file", () => {
    using root = directoryWith({ "real/taskmux.toml": "", "real/other.toml": "" });
    symlinkSync(join(root.path, "real"), join(root.path, "link"));
    symlinkSync(join(root.path, "real/other.toml"), join(root.path, "taskmux.toml"));
    expect(findConfig(join(root.path, "link"))).toBe(join(root.path, "real/taskmux.toml"));
    expect(findConfig(root.path)).toBe(join(root.path, "taskmux.toml"));
  });

  test("doesn't pass a dangling link for a config above", async () => {
    using root = directoryWith({ "taskmux.toml": "", "a/x": "" });
    symlinkSync(join(root.path, "gone"), join(root.path, "a/taskmux.toml"));
    const failure = failureOf(await loadProject({ cwd: join(root.path, "a") }));
    expect(failure.code).toBe("E100");
    expect(failure.message).toContain(join(root.path, "a/taskmux.toml"));
  });
});

describe("loadProject", () => {
  test("gives the config with its place and its session", async () => {
    using root = directoryWith({ "taskmux.toml": `name = "app"\ntasks.web = "x"`, "sub/x": "" });
    const cwd = join(root.path, "sub");
    expect(await loadProject({ cwd })).toMatchObject({
      session: "app",
      configPath: join(root.path, "taskmux.toml"),
      directory: root.path,
      config: { name: "app", tasks: [{ name: "web" }] },
    });
    expect(await loadProject({ cwd, session: "other" })).toMatchObject({ session: "other" });
  });

  test("makes paths absolute, from the config's directory", async () => {
    using root = directoryWith({
      "taskmux.toml": `env_file = "e?"\n[tasks.web]\ncommand = "x"\ncwd = "a/../b"\nlog_file = "~/l.log"\nenv_file = ["/e", "~/e?"]`,
    });
    const { config } = await project(join(root.path, "taskmux.toml"));
    expect(config.env_file).toEqual([join(root.path, "e?")]);
    expect(config.tasks[0]).toMatchObject({
      cwd: join(root.path, "b"),
      log_file: join(homeDirectory()!, "l.log"),
      env_file: ["/e", join(homeDirectory()!, "e?")],
    });
  });

  test("fails with the place of the first problem, and has them all", async () => {
    using root = directoryWith({ "taskmux.toml": `nam = "x"\nport = 1\n[tasks]\nweb = ""` });
    const path = join(root.path, "taskmux.toml");
    const failure = failureOf(await readProject(path));
    expect(failure.code).toBe("E103");
    expect(failure.message).toBe(`${path}:1:1: Unknown key 'nam' at the top level (and 2 more)`);
    expect(failure.hint).toBe("Did you mean 'name'?");
    expect(failure.problems?.map(({ code }) => code)).toEqual(["E103", "E103", "E102"]);
  });

  test.each([
    ["UTF-8 with a mark", Buffer.from(`\uFEFFname = "a"`)],
    ["lines that end in CR LF", Buffer.from(`name = "a"\r\n[tasks]\r\nweb = "x"\r\n`)],
    ["nothing", Buffer.from("")],
  ])("reads a file of %s", async (_, bytes) => {
    using root = directoryWith({ "taskmux.toml": bytes });
    expect((await project(join(root.path, "taskmux.toml"))).config.auto_start).toBe(true);
  });

  test.each([
    ["UTF-16", Buffer.from(`\uFEFFname = "a"`, "utf16le"), 1, 1, "not in UTF-8"],
    ["Latin-1", Buffer.from(`a = 1\nb = "caf\xe9"`, "latin1"), 2, 9, "not in UTF-8"],
    ["a NUL", Buffer.from("a = 1\nb = \0"), 2, 5, "Invalid TOML"],
    ["no value", Buffer.from("a = 1\nb ="), 2, 4, "Missing value"],
    [
      "a string without quotes",
      Buffer.from("\n\ncommand = npm run dev"),
      3,
      11,
      "Strings must be quoted",
    ],
    ["a key twice", Buffer.from("a = 1\na = 2"), 2, 1, "Cannot redefine key 'a'"],
    ["a table twice", Buffer.from("[tasks.a]\n[tasks.a]"), 2, 2, "Cannot redefine table"],
    ["an impossible date", Buffer.from("a = 1979-02-30"), 1, 5, "Invalid date"],
    ["a huge number", Buffer.from("a = 99999999999999999999"), 1, 5, "Integer"],
    [
      "a hundred thousand brackets",
      Buffer.from(`a = ${"[".repeat(100_000)}`),
      1,
      null,
      "nested too deeply",
    ],
  ])("E101 for %s", async (_, bytes, line, column, message) => {
    using root = directoryWith({ "taskmux.toml": bytes });
    const failure = failureOf(await loadProject({ cwd: root.path }));
    expect(failure.code).toBe("E101");
    expect(failure.message).toContain(message);
    if (column !== null) expect(failure.problems).toMatchObject([{ code: "E101", line, column }]);
  });

  test("shows the line that is no TOML", async () => {
    using root = directoryWith({ "taskmux.toml": "[tasks.web]\n  command = npm run dev\n" });
    expect(failureOf(await loadProject({ cwd: root.path })).hint).toBe(
      "Line: command = npm run dev",
    );
  });

  test("E100 for what is no file, or can't be read", async () => {
    using root = directoryWith({ "big.toml": "#".repeat(5_000_000) });
    mkdirSync(join(root.path, "taskmux.toml"));
    const named = async (explicit?: string) =>
      failureOf(await loadProject(explicit ? { cwd: root.path, explicit } : { cwd: root.path }));
    expect(await named()).toMatchObject({
      code: "E100",
      message: `Can't read ${root.path}/taskmux.toml: it is a directory`,
    });
    expect(await named("/dev/null")).toMatchObject({
      code: "E100",
      message: "Can't read /dev/null: it is a device",
    });
    expect((await named("big.toml")).message).toContain("larger than 4 MiB");
  });

  test("takes any bytes: a problem with a place, or a config", async () => {
    using root = directoryWith({ "taskmux.toml": "" });
    const path = join(root.path, "taskmux.toml");
    const pieces = fc.constantFrom(
      "[",
      "]",
      "tasks",
      ".",
      "web",
      "=",
      '"',
      "'",
      "\n",
      "{",
      "}",
      ",",
      "#",
      "1",
      "name",
      " ",
      "\\",
      "é",
      '"""',
      "-",
      ":",
      "\r",
      "command",
    );
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(pieces, { maxLength: 30 }).map((parts) => new TextEncoder().encode(parts.join(""))),
    );
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        await Bun.write(path, bytes);
        const loaded = await readProject(path);
        if (!isFailure(loaded)) return;
        expect(loaded.code).toMatch(/^E(10[1-4]|21[0-2])$/);
        for (const problem of loaded.problems ?? []) expect(problem.line).toBeGreaterThan(0);
        expect(loaded.problems?.length).toBeGreaterThan(0);
      }),
      { numRuns: 1500 },
    );
  });
});

test.each([
  ["~", homeDirectory()!],
  ["~/a", join(homeDirectory()!, "a")],
  ["a", "/p/a"],
  ["./a/../b/", "/p/b"],
  ["/a//b/", "/a/b"],
  ["~user/a", "/p/~user/a"],
  ["a~", "/p/a~"],
  ["$HOME", "/p/$HOME"],
])("the path %j in /p is %j", (path, absolute) => {
  expect(absolutePath(path, "/p")).toBe(absolute);
});
