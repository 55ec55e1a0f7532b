import { expect, test } from "bun:test";
import {
  configOfFile,
  describeOther,
  isSameRunTask,
  loadRunTask,
  newRunTask,
  withRunTasks,
} from "../../../src/domain/config/run-task.ts";
import { reloadOf } from "../../../src/domain/config/reload.ts";
import type { Task } from "../../../src/domain/config/config.ts";
import { configOf } from "../../helpers/config.ts";

const PATH = "/p/taskmux.toml";
const FILE = await configOf('[tasks]\napi = "x"\nmy-web = { command = "y", port = 5000 }\n');

test("a task of run is never started or restarted by itself, and has a config's defaults", async () => {
  const task = await newRunTask(FILE, PATH, "docs", { command: "ls", port: "3000+" });
  expect(task).toMatchObject({
    name: "docs",
    command: "ls",
    port: "3000+",
    source: "run",
    auto_start: false,
    restart_policy: "no",
    // As for a task of a config whose port is chosen.
    health_tcp: "${port}",
    stop_grace_period: 5,
  });
});

test.each([
  ["api", {}, "E203", "Task 'api' is defined in /p/taskmux.toml"],
  ["API", {}, "E102", "Task 'API' differs from task 'api' only in letter case"],
  ["my_web", { port: 1 }, "E104", "Tasks 'my-web' and 'my_web' would share the variable"],
  ["a b", {}, "E104", "'a b' is not a valid task name"],
  ["../x", {}, "E104", "'../x' is not a valid task name"],
  ["x", { port: 70_000 }, "E104", "tasks.x.port must be"],
  ["x", { port: "0+" }, "E104", "tasks.x.port must start at a port"],
  ["x", { ready_log: "(" }, "E104", "tasks.x.ready_log is not a valid regular expression"],
  ["x", { env: { A: "${tasks.no.port}" } }, "E216", "refers to ${tasks.no.port}"],
])("%s with %p is %s", async (name, more, code, message) => {
  const failure = await newRunTask(FILE, PATH, name, { command: "ls", ...more });
  expect(failure).toMatchObject({ code, message: expect.stringContaining(message) });
});

test("a task may refer to others, and replaces an earlier one of its name", async () => {
  const config = withRunTasks(FILE, [loadRunTask("x", { command: "old" })]);
  const env = { WEB: "${tasks.my-web.url}", OWN: "${port}" };
  const task = (await newRunTask(config, PATH, "x", { command: "new", port: "auto", env })) as Task;
  expect(task).toMatchObject({ command: "new", env });
});

test("a config's own tasks come first, and hide those of run, whatever the letter case", () => {
  const added = ["docs", "api", "MY-WEB"].map((name) => loadRunTask(name, { command: "z" }));
  const config = withRunTasks(FILE, added);
  expect(config.tasks.map(({ name }) => name)).toEqual(["api", "my-web", "docs"]);
  expect(config.tasks[0]!.command).toBe("x");
  expect(configOfFile(config)).toEqual(FILE);
  expect(configOfFile(FILE)).toBe(FILE);
  expect(withRunTasks(config, [])).toEqual(FILE);
});

test("a reload neither adds, restarts nor removes a task of run", () => {
  const of = (config: typeof FILE) => ({ config, directory: "/p", session: "s" });
  const docs = withRunTasks(FILE, [loadRunTask("docs", { command: "z" })]);
  const other = withRunTasks(FILE, [loadRunTask("docs", { command: "other" })]);
  for (const [from, to] of [
    [FILE, docs],
    [docs, FILE],
    [docs, other],
  ] as const) {
    expect(reloadOf(of(from), of(to))).toMatchObject({ added: [], removed: [], changed: [] });
  }
  const config = { ...FILE, tasks: [...FILE.tasks, { ...FILE.tasks[0]!, name: "docs" }] };
  expect(reloadOf(of(docs), of(config)).added).toEqual(["docs"]);
  expect(reloadOf(of(config), of(docs)).removed).toEqual(["docs"]);
});

test.each([
  [{ env: { B: "2", A: "1" } }, true],
  [{ env: { A: "1" } }, false],
  [{ env: { A: "1", B: "2" }, cwd: "/x" }, false],
  [{ env: { A: "1", B: "2" }, port: 3000 }, false],
])("the same words with %p are the same task: %p", (more, isSame) => {
  const one = loadRunTask("x", { command: "ls", env: { A: "1", B: "2" } });
  expect(isSameRunTask(one, loadRunTask("x", { command: "ls", ...more }))).toBe(isSame);
});

test.each([
  [{ command: "rm" }, "something else: ls"],
  [{ command: "rm", cwd: "/y" }, "something else: ls"],
  [{ cwd: "/y" }, "this in /x"],
  [{ port: 1 }, "this with another port"],
  [{ env: { A: "1" }, ready_log: "ok", port: "auto" }, "this with another port, env and ready_log"],
])("what runs instead of %p is %s", (more, said) => {
  const of = (change: object) => loadRunTask("x", { command: "ls", cwd: "/x", ...change });
  expect(describeOther(of({}), of(more))).toBe(said);
});
