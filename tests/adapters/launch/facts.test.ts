import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readEnvFile } from "../../../src/adapters/config/env-file.ts";
import { LaunchFactsReader } from "../../../src/adapters/launch/facts.ts";
import { SessionSecret } from "../../../src/adapters/state/secret.ts";
import type { Project, Task } from "../../../src/domain/config/config.ts";
import { loadConfig } from "../../../src/domain/config/defaults.ts";
import { isFailure } from "../../../src/domain/failure.ts";
import { type LaunchFacts, stalenessOf } from "../../../src/domain/tasks/launch-facts.ts";
import { Addresses } from "../../../src/domain/ports/addresses.ts";
import { directoryWith } from "../../helpers/directory.ts";

const home = process.env["HOME"];
let root: ReturnType<typeof directoryWith>;

beforeEach(() => {
  root = directoryWith({});
  process.env["HOME"] = root.path;
});

afterEach(() => {
  process.env["HOME"] = home;
  root[Symbol.dispose]();
});

const path = (name = ".env") => join(root.path, name);

const write = (text: string, name = ".env") => writeFileSync(path(name), text);

function projectWith(files: string[], env: Record<string, string> = {}): Project {
  const config = loadConfig({ name: "demo", tasks: { web: "run" } }, ["web"]);
  const [task] = config.tasks as [Task];
  const tasks = [{ ...task, env_file: files.map((file) => path(file)), env }];
  return {
    config: { ...config, tasks },
    session: "demo",
    configPath: path("taskmux.toml"),
    directory: root.path,
  };
}

const taskOf = ({ config }: Project): Task => config.tasks[0]!;

const readerOf = (project: Project, chosen: Record<string, number> = {}) => {
  const place = { session: project.session, worktree: "" };
  return new LaunchFactsReader(project, () => new Addresses(project.config, place, chosen));
};

/** The facts of a launch now. */
function launch(project: Project): LaunchFacts {
  const read = taskOf(project).env_file.flatMap((file) => {
    const found = readEnvFile(file);
    return found === null || isFailure(found) ? [] : [found];
  });
  return readerOf(project).ofLaunch(taskOf(project), read, "/bin/sh")!;
}

/** What has changed since, for a process that has read nothing yet. */
function drifts(then: LaunchFacts, project: Project): string[] {
  const now = readerOf(project).now(taskOf(project), then)!;
  return stalenessOf(then, now, project.directory).drifts;
}

test.each([
  ["another value", "A=2\n", true],
  ["a value of the same length, at the same time", "A=3\n", true],
  ["a new variable", "A=1\nB=1\n", true],
  ["nothing any more", "", true],
  ["a reference to another variable", "A=$OTHER\n", true],
  ["a comment", "# more\nA=1 # one\n\n", false],
  ["the same in other quotes", 'A="1"\n', false],
  ["the same, written again", "A=1\n", false],
  ["what is no dotenv file", "A='1\n", true],
])("an env_file with %s is a change: %3$p", (_, text, isDrift) => {
  write("A=1\n");
  const before = statSync(path());
  const project = projectWith([".env"]);
  const then = launch(project);
  write(text);
  utimesSync(path(), before.atime, before.mtime);
  expect(drifts(then, project)).toEqual(isDrift ? ["env_file"] : []);
});

test("what a value refers to counts, not what the caller has there", () => {
  write("A=${HOST:-x}\nB=$A\n");
  const project = projectWith([".env"]);
  const then = launch(project);
  process.env["HOST"] = "changed";
  expect(drifts(then, project)).toEqual([]);
  delete process.env["HOST"];
  write("A=${HOST:-y}\nB=$A\n");
  expect(drifts(then, project)).toEqual(["env_file"]);
});

test("a file that may be missing: it comes, and goes", () => {
  const project = projectWith([".env?"]);
  const without = launch(project);
  expect(drifts(without, project)).toEqual([]);
  write("# nothing\n");
  expect(drifts(without, project)).toEqual([]);
  write("A=1\n");
  expect(drifts(without, project)).toEqual(["env_file"]);
  const withFile = launch(project);
  root[Symbol.dispose]();
  expect(readerOf(project).now(taskOf(project), withFile)).toBe(null);
});

test("a file that has gone, or can't be read, is a change", () => {
  write("A=1\n");
  const project = projectWith([".env"]);
  const then = launch(project);
  expect(drifts(then, projectWith(["."]))).toEqual(["env_file"]);
  expect(drifts(then, projectWith(["missing"]))).toEqual(["env_file"]);
  write("A=\0\n");
  expect(drifts(then, project)).toEqual(["env_file"]);
});

test("a file with the same size and times is not read again, unless it was fresh", () => {
  write("A=1\n");
  const long = new Date(Date.now() - 3_600_000);
  utimesSync(path(), long, long);
  const project = projectWith([".env"]);
  const stamped = (stamp: string | null) => ({
    ...launch(project),
    environment: [{ files: [{ path: path(), stamp, hash: "kept" }] }],
  });
  const { size, mtimeMs, ctimeMs, ino } = statSync(path());
  expect(drifts(stamped(`${size} ${mtimeMs} ${ctimeMs} ${ino}`), project)).toEqual([]);
  expect(drifts(stamped(null), project)).toEqual(["env_file"]);
  // Its inode changed a moment ago.
  expect(launch(project).environment).toMatchObject([{ files: [{ stamp: null }] }]);
});

test("no value can be read from the facts, nor be guessed without the session's secret", () => {
  write("TOKEN=hunter2\n");
  const project = projectWith([".env"], { PASSWORD: "hunter3" });
  const text = JSON.stringify(launch(project));
  expect(text).toContain("PASSWORD");
  expect(text).not.toContain("hunter");
  const secret = join(root.path, ".taskmux/run/demo/secret");
  expect(statSync(secret).mode & 0o777).toBe(0o600);
  expect(text).not.toContain(readFileSync(secret, "utf8").trim());
  const own = SessionSecret.read(join(root.path, ".taskmux/run/demo"))!.hash("hunter3");
  const other = SessionSecret.make(join(root.path, "other")).hash("hunter3");
  expect(text).toContain(own);
  expect(own).not.toBe(other);
});

test("with another secret than that of the launch only what is no hash is compared", () => {
  write("A=1\n");
  const project = projectWith([".env"]);
  const then = launch(project);
  write("A=2\n");
  write(`${"0".repeat(64)}\n`, ".taskmux/run/demo/secret");
  expect(drifts(then, project)).toEqual([]);
  expect(drifts({ ...then, command: "older" }, project)).toEqual(["config"]);
});

test("a chosen port counts as soon as it is known, and so do the values that refer to it", () => {
  const project = projectWith([], { URL: "http://localhost:${port}/", MODE: "$${port}" });
  const flexible = { ...taskOf(project), port: "3000+" };
  const { config } = project;
  const at = (...ports: number[]) =>
    readerOf({ ...project, config: { ...config, tasks: [flexible] } }, portsOf(ports));
  const planned = at().ofLaunch(flexible, [], "/bin/sh")!;
  const then = at(3000).withAddresses(flexible, planned);
  expect(then.port).toBe(3000);
  const compared = (reader: LaunchFactsReader) =>
    stalenessOf(then, reader.now(flexible, then)!, project.directory);
  expect(compared(at(3000)).drifts).toEqual([]);
  expect(compared(at(3001))).toEqual({
    drifts: ["port"],
    phrases: ["an older URL", "port 3000 instead of 3001"],
  });
  // None is chosen, so that it would be another one isn't known.
  expect(compared(at()).drifts).toEqual([]);
});

const portsOf = ([port]: number[]): Record<string, number> =>
  port === undefined ? {} : { web: port };
