import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { watchFiles } from "../../../src/adapters/watch/watch.ts";
import { eventually } from "../../helpers/eventually.ts";
import { createWorld, type World } from "../../helpers/world.ts";

/** Watches the world's project, or a directory of it, and keeps what is reported. */
async function watching(world: World, globs: string[], directory = ".") {
  const changes: string[] = [];
  const ready = Promise.withResolvers<void>();
  const watch = watchFiles(join(world.project, directory), globs, {
    onChange: (path) => void changes.push(path),
    onReady: () => ready.resolve(),
    onRefused: ({ message }) => ready.reject(new Error(message)),
  });
  await ready.promise;
  return {
    ...watch,
    changes,
    /** What was reported since the last call, up to the change of `marker`, each path once. */
    async until(marker: string, change: () => void): Promise<string[]> {
      change();
      await eventually(() => changes.includes(marker));
      return [...new Set(changes.splice(0))].toSorted();
    },
    [Symbol.dispose]: () => watch.end(),
  };
}

/** The system reports in order: a change of this file comes after all that was done before. */
const LAST = "src/last.py";

const SOURCES = ["src/**/*.py"];

describe("a change is reported", () => {
  /** Each begins with src/a.py and src/deep/b.py. */
  const CHANGES: [what: string, act: (at: (path: string) => string) => void, reported: string[]][] =
    [
      ["of a write", (at) => writeFileSync(at("src/a.py"), "2"), ["src/a.py"]],
      ["of a write below", (at) => writeFileSync(at("src/deep/b.py"), "2"), ["src/deep/b.py"]],
      ["of a new file", (at) => writeFileSync(at("src/c.py"), ""), ["src/c.py"]],
      ["of a file that goes", (at) => rmSync(at("src/a.py")), ["src/a.py"]],
      [
        "of a save by rename",
        (at) => {
          writeFileSync(at("src/a.py.tmp"), "2");
          renameSync(at("src/a.py.tmp"), at("src/a.py"));
        },
        ["src/a.py"],
      ],
      [
        "of a save by vim, with its test file, its swap file and its backup",
        (at) => {
          writeFileSync(at("src/.a.py.swp"), "");
          writeFileSync(at("src/4913"), "");
          rmSync(at("src/4913"));
          renameSync(at("src/a.py"), at("src/a.py~"));
          writeFileSync(at("src/a.py"), "2");
          rmSync(at("src/a.py~"));
          rmSync(at("src/.a.py.swp"));
        },
        ["src/a.py"],
      ],
      [
        "of a file with another name",
        (at) => renameSync(at("src/a.py"), at("src/z.py")),
        ["src/a.py", "src/z.py"],
      ],
      [
        "of what is in a new directory",
        (at) => {
          mkdirSync(at("src/x/y"), { recursive: true });
          writeFileSync(at("src/x/y/n.py"), "");
        },
        ["src/x/y/n.py"],
      ],
      [
        "of a directory with another name, and what is in it",
        (at) => renameSync(at("src/deep"), at("src/low")),
        ["src/deep", "src/low/b.py"],
      ],
      [
        "of a directory that is deleted and made again",
        (at) => {
          rmSync(at("src/deep"), { recursive: true });
          mkdirSync(at("src/deep"));
          writeFileSync(at("src/deep/new.py"), "");
        },
        ["src/deep", "src/deep/b.py", "src/deep/new.py"],
      ],
      [
        "of a file that is replaced by a link",
        (at) => {
          rmSync(at("src/a.py"));
          symlinkSync("deep/b.py", at("src/a.py"));
        },
        ["src/a.py"],
      ],
    ];

  test.each(CHANGES)("%s", async (_, act, reported) => {
    await using world = createWorld();
    for (const path of ["src/a.py", "src/deep/b.py"]) world.write(path, "1");
    using watch = await watching(world, SOURCES);
    const at = (path: string) => join(world.project, path);
    // A directory that was replaced is watched again at the latest when this is reported.
    const found = await watch.until(LAST, () => {
      act(at);
      writeFileSync(at(LAST), "");
    });
    expect(found.filter((path) => path !== "src/deep" || reported.includes(path))).toEqual(
      expect.arrayContaining([...reported, LAST]),
    );
    expect(
      found.every((path) => [...reported, "src/deep", "src/deep/b.py", LAST].includes(path)),
    ).toBe(true);
  });

  test("after the directory was made again, too", async () => {
    await using world = createWorld();
    world.write("src/deep/b.py", "1");
    using watch = await watching(world, SOURCES);
    const at = (path: string) => join(world.project, path);
    for (const name of ["one", "two"]) {
      await watch.until(`src/deep/${name}.py`, () => {
        rmSync(at("src/deep"), { recursive: true });
        mkdirSync(at("src/deep"));
        writeFileSync(at(`src/deep/${name}.py`), "");
      });
      const changed = await watch.until(`src/deep/${name}.py`, () =>
        writeFileSync(at(`src/deep/${name}.py`), "2"),
      );
      expect(changed).toContain(`src/deep/${name}.py`);
    }
  });

  // Regression: "Of two events of one name within a millisecond Bun reports one: the new directory was not watched."
  test("after another process has replaced the directory at once, however often", async () => {
    await using world = createWorld();
    world.write("src/deep/b.py", "1");
    using watch = await watching(world, SOURCES);
    // In one process, with a pause of some tenths of a millisecond.
    const replace = `const { mkdirSync, rmSync, writeFileSync } = require("node:fs");
rmSync("src", { recursive: true });
for (const end = performance.now() + Number(process.argv[1]); performance.now() < end; );
mkdirSync("src/deep", { recursive: true });
writeFileSync("src/deep/b.py", "1");`;
    for (let round = 0; round < 10; round++) {
      const pause = String((round % 5) * 0.15);
      const replaced = await world.runProgram([process.execPath, "-e", replace, pause]);
      expect(replaced).toMatchObject({ exitCode: 0 });
      // Until the new directory is watched, nobody hears of this.
      const found = await eventually(
        () => {
          world.write(`src/deep/c${round}.py`, `${performance.now()}`);
          return watch.changes.includes(`src/deep/c${round}.py`);
        },
        { interval: 50 },
      );
      expect(found).toBe(true);
    }
  });

  test("after the watched directory itself was deleted and made again, in any depth", async () => {
    await using world = createWorld();
    world.write("up/app/src/a.py", "1");
    using watch = await watching(world, SOURCES, "up/app");
    await watch.until("src/a.py", () => rmSync(join(world.project, "up"), { recursive: true }));
    await watch.until("src/a.py", () => world.write("up/app/src/a.py", "2"));
    await watch.until("src/a.py", () => world.write("up/app/src/a.py", "3"));
  });

  test("through a cwd that is a link, and of files above it", async () => {
    await using world = createWorld();
    world.write("real/app/src/a.py", "1");
    world.write("real/shared/b.py", "1");
    symlinkSync("real", join(world.project, "link"));
    using watch = await watching(world, ["src/**", "../shared/**"], "link/app");
    await watch.until("src/a.py", () => world.write("real/app/src/a.py", "2"));
    await watch.until("../shared/b.py", () => world.write("real/shared/b.py", "2"));
  });

  test("to each of two watches of the same directory, also after it was made again", async () => {
    await using world = createWorld();
    world.write("src/a.py", "1");
    using one = await watching(world, SOURCES);
    using other = await watching(world, ["src/*"]);
    await one.until("src/a.py", () => world.write("src/a.py", "2"));
    const replaced = one.until("src/b.py", () => {
      rmSync(join(world.project, "src"), { recursive: true });
      world.write("src/b.py", "1");
    });
    await Promise.all([replaced, other.until("src/b.py", () => {})]);
    one.end();
    await other.until("src/c.py", () => world.write("src/c.py", "1"));
  });
});

describe("nothing is reported", () => {
  test("of what is left out, ignored, or an editor's", async () => {
    await using world = createWorld();
    await world.runProgram(["git", "init", "-q"]);
    world.write(".gitignore", "*.log\n/app/gen/\n!/app/gen/\n");
    world.write("app/.gitignore", "out/\nsecret.txt\n!keep.log\n");
    const quiet = [
      "node_modules/a/index.js",
      "sub/.git/x",
      "target/x",
      "a/dist/x",
      ".venv/x",
      "a/__pycache__/x",
      "a.log",
      "a/out/x",
      ".cache/x",
      "secret.txt",
      "a/4913",
      "a/b~",
      "a/.#b",
      "a/.b.swp",
    ].map((path) => `app/${path}`);
    for (const path of [...quiet, "app/gen/x", "app/keep.log", "app/last"]) world.write(path, "1");
    using watch = await watching(world, ["**"], "app");
    const found = await watch.until("last", () => {
      for (const path of quiet) world.write(path, "2");
      world.write("app/gen/x", "2");
      world.write("app/keep.log", "2");
      world.write("app/last", "2");
    });
    expect(found).toEqual(["gen/x", "keep.log", "last"]);
  });

  test("unless a pattern names it", async () => {
    await using world = createWorld();
    world.write(".gitignore", "dist\n.env\n");
    for (const path of ["dist/a.js", "dist/a.map", ".env", "x/dist/b.js"]) world.write(path, "1");
    using watch = await watching(world, ["dist/*.js", ".env"]);
    const found = await watch.until(".env", () => {
      for (const path of ["dist/a.js", "dist/a.map", "x/dist/b.js", ".env"]) world.write(path, "2");
    });
    expect(found).toEqual([".env", "dist/a.js"]);
  });

  test("of a file that a changed .gitignore names, and of one that it names no more it is", async () => {
    await using world = createWorld();
    world.write(".gitignore", "b\n");
    for (const path of ["a", "b"]) world.write(path, "1");
    using watch = await watching(world, ["*"]);
    world.write(".gitignore", "a\n");
    let content = 1;
    // Until the new rules are read, b is ignored.
    await eventually(
      () => {
        world.write("b", `${++content}`);
        return watch.changes.includes("b");
      },
      { interval: 250 },
    );
    world.write("a", "2");
    const found = await watch.until("c", () => world.write("c", "1"));
    expect(found.filter((path) => path !== "b")).toEqual(["c"]);
  });

  test("of what a link to a directory leads to", async () => {
    await using world = createWorld();
    world.write("elsewhere/a.py", "1");
    world.write("src/b.py", "1");
    symlinkSync("../elsewhere", join(world.project, "src/link"));
    using watch = await watching(world, SOURCES);
    world.write("elsewhere/a.py", "2");
    expect(await watch.until(LAST, () => world.write(LAST, ""))).toEqual([LAST]);
  });
});

test("a new mode or link of an old file is no new content", async () => {
  await using world = createWorld();
  const path = world.write("a", "1");
  using watch = await watching(world, ["a"]);
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(path, hourAgo, hourAgo);
  chmodSync(path, 0o600);
  expect(watch.hasOnlyNewAttributes("a")).toBe(true);
  linkSync(path, `${path}2`);
  expect(watch.hasOnlyNewAttributes("a")).toBe(true);
  const now = new Date();
  utimesSync(path, now, now);
  expect(watch.hasOnlyNewAttributes("a")).toBe(false);
  expect(watch.hasOnlyNewAttributes("none")).toBe(false);
});

test("a fingerprint tells contents apart", async () => {
  await using world = createWorld();
  world.write("a", "1");
  using watch = await watching(world, ["a"]);
  const [one, absent] = [watch.fingerprint("a"), watch.fingerprint("b")];
  world.write("a", "2");
  const two = watch.fingerprint("a");
  world.write("a", "1");
  expect(watch.fingerprint("a")).toBe(one);
  expect(new Set([one, two, absent]).size).toBe(3);
  expect(watch.fingerprint(".")).toBeNull();
});

const IN_NAMESPACE = ["unshare", "--user", "--map-root-user"];
const hasNamespaces = Bun.spawnSync(
  [...IN_NAMESPACE, "sh", "-c", "[ -w /proc/sys/user/max_inotify_watches ]"].map(String),
  { stdio: ["ignore", "ignore", "ignore"] },
);

describe.skipIf(!hasNamespaces.success)("E107, and nothing is watched any more", () => {
  test.each([
    ["watches", 5, "max_user_watches"],
    ["instances", 0, "max_user_instances"],
  ])("if the system allows no more %s", async (what, most, limit) => {
    await using world = createWorld();
    for (let index = 0; index < 20; index++) world.write(`d${index}/a`, "1");
    const script = world.write(
      "watch.ts",
      `import { watchFiles } from ${JSON.stringify(join(import.meta.dir, "../../../src/adapters/watch/watch.ts"))};
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
watchFiles(process.cwd(), ["**"], {
  onChange: () => {},
  onReady: () => console.log("ready"),
  onRefused: ({ code, message, hint }) => console.log(JSON.stringify({ code, message, hint })),
});
`,
    );
    const set = `echo ${most} > /proc/sys/user/max_inotify_${what} && exec "$0" "$@"`;
    const { stdout } = await world.runProgram([
      ...IN_NAMESPACE,
      "sh",
      "-c",
      set,
      process.execPath,
      script,
    ]);
    const { code, message, hint } = JSON.parse(stdout) as Record<string, string>;
    expect(code).toBe("E107");
    expect(message).toContain(`fs.inotify.${limit} is `);
    expect(hint).toContain(`sysctl fs.inotify.${limit}=`);
  });
});
