import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import {
  configToMake,
  createFile,
  readProjectFiles,
} from "../../../src/adapters/init/project-files.ts";
import { makeFifo } from "../../../src/adapters/system/libc.ts";
import { directoryWith } from "../../helpers/directory.ts";

test("the config is taskmux.toml in the current directory, or the one named", () => {
  using directory = directoryWith({ "sub/x": "" });
  const { path } = directory;
  expect(configToMake(path, null)).toBe(join(path, "taskmux.toml"));
  expect(configToMake(path, "sub")).toBe(join(path, "sub/taskmux.toml"));
  expect(configToMake(path, "sub/other.toml")).toBe(join(path, "sub/other.toml"));
  expect(configToMake(path, "no/other.toml")).toMatchObject({ code: "E100" });
});

test("a file is made whole; one that is there is kept, a link to nowhere too", () => {
  using directory = directoryWith({});
  const path = join(directory.path, "taskmux.toml");
  expect(createFile(path, "new")).toBeNull();
  expect(createFile(path, "newer")).toMatchObject({ code: "E105" });
  expect(readFileSync(path, "utf8")).toBe("new");
  const link = join(directory.path, "link.toml");
  symlinkSync("nowhere", link);
  expect(createFile(link, "x")).toMatchObject({ code: "E105" });
  expect(readdirSync(directory.path).toSorted()).toEqual(["link.toml", "taskmux.toml"]);
  expect(createFile(join(directory.path, "no/x.toml"), "x")).toMatchObject({ code: "E106" });
});

test("of several files of a kind the first counts: Procfile.dev, compose.yaml, bun.lock", () => {
  using directory = directoryWith({
    "package.json": '\uFEFF{"scripts":{"dev":"x"}}',
    "package-lock.json": "{}",
    "bun.lock": "{}",
    Procfile: "web: x\n",
    "Procfile.dev": "web: y\n",
    "docker-compose.yml": "services: {a: {image: x}}",
    "compose.yaml": "services:\n  b:\n    image: x\n",
  });
  expect(readProjectFiles(directory.path)).toEqual({
    problems: [],
    files: {
      packages: [{ directory: "", manifest: { scripts: { dev: "x" } }, lockFile: "bun.lock" }],
      frameworks: { django: [], rails: false },
      dotenv: null,
      procfile: { name: "Procfile.dev", text: "web: y\n" },
      compose: { name: "compose.yaml", parsed: { services: { b: { image: "x" } } } },
    },
  });
});

test("Django is found at the top, else in the usual places, with the Python of its virtual environment", () => {
  using directory = directoryWith({
    "one/manage.py": "",
    "one/venv/bin/python": "",
    "one/apps/api/manage.py": "",
    "many/.venv/bin/python": "",
    "many/apps/api/manage.py": "",
    "many/apps/api/venv/bin/python": "",
    "many/services/shop/manage.py": "",
    "many/backend/manage.py": "",
    "many/examples/x/manage.py": "",
    "many/deep/down/there/manage.py": "",
  });
  const found = (path: string) =>
    readProjectFiles(join(directory.path, path)).files.frameworks.django;
  expect(found("one")).toEqual([{ directory: "", python: "venv/bin/python" }]);
  expect(found("many")).toEqual([
    { directory: "apps/api", python: "venv/bin/python" },
    { directory: "backend", python: "../.venv/bin/python" },
    { directory: "services/shop", python: "../../.venv/bin/python" },
  ]);
});

test("the lock file may stand at the top of the repository, but not above it", () => {
  using directory = directoryWith({
    "yarn.lock": "",
    "repo/.git/HEAD": "",
    "repo/web/package.json": "{}",
    "other/package.json": "{}",
  });
  const found = (path: string) =>
    readProjectFiles(join(directory.path, path)).files.packages[0]?.lockFile;
  expect([found("repo/web"), found("other")]).toEqual([null, "yarn.lock"]);
});

test("packages below are found by workspaces and in the usual places, each once", () => {
  using directory = directoryWith({
    "package.json": '{"workspaces":["clients/*","!clients/old","../out/*","/etc/*","[","apps/*"]}',
    "pnpm-workspace.yaml": "packages:\n  - 'deep/**'\n",
    "clients/shop/package.json": '{"name":"shop"}',
    "deep/a/b/package.json": "{}",
    "apps/web/package.json": "{}",
    "apps/web/bun.lock": "{}",
    "services/api/package.json": "{",
    "frontend/package.json": "{}",
    "node_modules/x/package.json": "{}",
    "examples/x/package.json": "{}",
    ".hidden/package.json": "{}",
    "other/deep/x/package.json": "{}",
  });
  const { files, problems } = readProjectFiles(directory.path);
  expect(files.packages.map((each) => [each.directory, each.lockFile])).toEqual([
    ["", null],
    ["apps/web", "bun.lock"],
    ["clients/shop", null],
    ["deep/a/b", null],
    ["frontend", null],
    ["services/api", null],
  ]);
  expect(problems).toEqual(["services/api/package.json can't be parsed and was ignored"]);
});

test("workspaces may be a table, as yarn has it", () => {
  using directory = directoryWith({
    "package.json": '{"workspaces":{"packages":["libs/*"]}}',
    "libs/a/package.json": "{}",
  });
  expect(readProjectFiles(directory.path).files.packages.map((each) => each.directory)).toEqual([
    "",
    "libs/a",
  ]);
});

test("what can't be understood or is no file is reported or passed over, and never waited for", () => {
  using directory = directoryWith({
    "package.json": '{"scripts":',
    "compose.yaml": "a: b: [",
    "deep/compose.yaml": "[".repeat(100_000),
  });
  mkdirSync(join(directory.path, "Procfile.dev"));
  expect(makeFifo(join(directory.path, "Procfile"))).toBe(true);
  const { files, problems } = readProjectFiles(directory.path);
  expect(files.procfile).toBeNull();
  expect(problems).toEqual([
    "package.json can't be parsed and was ignored",
    "compose.yaml can't be parsed and was ignored",
  ]);
  expect(readProjectFiles(join(directory.path, "deep")).problems).toHaveLength(1);
});
