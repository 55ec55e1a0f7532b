import { describe, expect, test } from "bun:test";
import { taskFields } from "../../../src/domain/config/config.ts";
import { readConfig } from "../../../src/domain/config/read.ts";
import { isNothing, type Reloadable, reloadOf } from "../../../src/domain/config/reload.ts";

async function project(text: string, session?: string): Promise<Reloadable> {
  const read = await readConfig(Bun.TOML.parse(text), text);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  const { config } = read;
  // As the adapter does it: what is relative belongs to the config's directory.
  const tasks = config.tasks.map((task) => ({
    ...task,
    cwd: task.cwd === null ? null : `/project/${task.cwd}`.replace(/\/\.?$/, ""),
  }));
  return { config: { ...config, tasks }, directory: "/project", session: session ?? config.name };
}

const reload = async (from: string, to: string) => reloadOf(await project(from), await project(to));

const web = (fields = "", top = "") => {
  const command = fields.startsWith("command") ? "" : 'command = "serve"\n';
  return `name = "demo"\n${top}\n[tasks.web]\n${command}${fields}\n`;
};

/** Each: the fields before, the fields after, of the task and of the top level. */
type Fields = [task: string, top?: string];
type Case = [what: string, before: Fields, after: Fields];

const compare = (before: Fields, after: Fields) => reload(web(...before), web(...after));

const RELAUNCHING: Case[] = [
  ["command", [""], ['command = "other"']],
  ["cwd", [""], ['cwd = "sub"']],
  ["port", ["port = 1"], ["port = 2"]],
  ["port, taken away", ["port = 1"], [""]],
  ["env", ['env = { A = "1" }'], ['env = { A = "2" }']],
  ["env, one more", ['env = { A = "1" }'], ['env = { A = "1", B = "" }']],
  ["env, one less", ['env = { A = "1" }'], [""]],
  ["env_file", [""], ['env_file = ".env"']],
  ["the order of env_file", ['env_file = ["a", "b"]'], ['env_file = ["b", "a"]']],
  ["shell", [""], ['shell = "zsh"']],
  ["the top level's env", ["", 'env = { A = "1" }'], ["", 'env = { A = "2" }']],
  ["the top level's env_file", [""], ["", 'env_file = ".env"']],
  ["the top level's shell", [""], ["", 'shell = "zsh"']],
  [
    "a variable that moves behind a file",
    ['env_file = "a"', 'env = { A = "1" }'],
    ['env_file = "a"\nenv = { A = "1" }'],
  ],
];

const IN_PLACE: Case[] = [
  ["auto_start", [""], ["auto_start = false"]],
  ["profiles", [""], ['profiles = ["front"]']],
  ["url", [""], ['url = "http://web.localhost/"']],
  ["health_check", [""], ['health_check = "true"']],
  ["health_url", [""], ['health_url = "http://localhost/"']],
  [
    "health_expected_status",
    ['health_url = "http://localhost/"'],
    ['health_url = "http://localhost/"\nhealth_expected_status = [401]'],
  ],
  ["success_exit_codes", [""], ["success_exit_codes = [0, 3]"]],
  ["health_tcp", [""], ["health_tcp = 80"]],
  ["health_interval", [""], ["health_interval = 1"]],
  ["restart_with_dependencies", [""], ["restart_with_dependencies = true"]],
  ["max_memory", [""], ['max_memory = "1GB"']],
  ["health_start_period", [""], ["health_start_period = 1"]],
  ["health_timeout", [""], ["health_timeout = 1"]],
  ["health_retries", [""], ["health_retries = 1"]],
  ["ready_log", [""], ['ready_log = "up"']],
  ["reload_log", [""], ['reload_log = "again"']],
  ["watch", [""], ['watch = ["src"]']],
  ["watch_action", [""], ['watch_action = "signal:SIGHUP"']],
  ["watch_debounce", [""], ['watch_debounce = "1s"']],
  ["stop_grace_period", [""], ["stop_grace_period = 1"]],
  ["start_timeout", [""], ["start_timeout = 1"]],
  ["restart_policy", [""], ['restart_policy = "always"']],
  ["max_restarts", [""], ["max_restarts = 1"]],
  ["restart_backoff", [""], ["restart_backoff = 1"]],
  ["oneshot", [""], ["oneshot = true"]],
  ["log_file", [""], ['log_file = "web.log"']],
  ["log_max_size", [""], ['log_max_size = "1MB"']],
  ["log_max_files", [""], ["log_max_files = 1"]],
  ["hooks", [""], ['hooks.after_stop = "true"']],
];

const NOTHING: Case[] = [
  ["the same", ["port = 1"], ["port = 1"]],
  ["a comment", [""], ["# why"]],
  ["a default that is written out", [""], ["auto_start = true\nhealth_interval = 10.0"]],
  ["the order of fields", ["port = 1\noneshot = true"], ["oneshot = true\nport = 1"]],
  ["the order of env", ['env = { A = "1", B = "2" }'], ['env = { B = "2", A = "1" }']],
  ["a size in other words", ['log_max_size = "1MB"'], ["log_max_size = 1048576"]],
  ["the same directory", [""], ['cwd = "."']],
  ["a list of one", ['env_file = "a"'], ['env_file = ["a"]']],
  ["a port in other words", ["health_tcp = 80"], ['health_tcp = "80"']],
  ["env that moves to the task", ["", 'env = { A = "1" }'], ['env = { A = "1" }']],
  ["env_file that moves to the task", ["", 'env_file = "a"'], ['env_file = "a"']],
  ["shell that moves to the task", ["", 'shell = "zsh"'], ['shell = "zsh"']],
  [
    "the top level's env that the task's hides",
    ['env = { A = "1" }', 'env = { A = "2" }'],
    ['env = { A = "1" }', 'env = { A = "3" }'],
  ],
  [
    "the same with a file between them",
    ['env_file = "a"\nenv = { A = "1" }', 'env = { A = "2" }'],
    ['env_file = "a"\nenv = { A = "1" }', 'env = { A = "3" }'],
  ],
  [
    "the top level's shell that the task's hides",
    ['shell = "sh"', 'shell = "bash"'],
    ['shell = "sh"', 'shell = "zsh"'],
  ],
  [
    "the order of success_exit_codes",
    ["success_exit_codes = [0, 3]"],
    ["success_exit_codes = [3, 0]"],
  ],
  [
    "the order of statuses",
    ['health_url = "http://a/"\nhealth_expected_status = [200, 401]'],
    ['health_url = "http://a/"\nhealth_expected_status = [401, 200]'],
  ],
];

describe("what a task runs", () => {
  test.each(RELAUNCHING)("%s", async (_what, before, after) => {
    const change = await compare(before, after);
    expect(change).toMatchObject({ changed: ["web"], restarted: ["web"], added: [], removed: [] });
    expect(isNothing(change)).toBe(false);
  });
});

describe("what takes effect without a restart", () => {
  test.each(IN_PLACE)("%s", async (_what, before, after) => {
    expect(await compare(before, after)).toMatchObject({
      changed: ["web"],
      restarted: [],
      settings: false,
    });
  });
});

describe("what is no change", () => {
  test.each(NOTHING)("%s", async (_what, before, after) => {
    const change = await compare(before, after);
    expect(change).toMatchObject({ changed: [], restarted: [], settings: false });
    expect(isNothing(change)).toBe(true);
  });
});

test("no field is forgotten", () => {
  const written = [...RELAUNCHING, ...IN_PLACE].map(([, , [fields]]) => fields).join("\n");
  // What it does to others is in a test of its own.
  const fields = Object.keys(taskFields).filter((field) => field !== "depends_on");
  expect(fields.filter((field) => !new RegExp(`^${field}\\b`, "m").test(written))).toEqual([]);
});

test.each([
  ["auto_start = false", ""],
  ['hooks.before_start = "true"', 'hooks.before_start = "false"'],
])("a top-level setting changes no task: %s", async (before, after) => {
  const change = await reload(web("", before), web("", after));
  expect(change).toMatchObject({ changed: [], settings: true });
  expect(isNothing(change)).toBe(false);
});

test("tasks come and go; one that is renamed goes and comes", async () => {
  const change = await reload(
    '[tasks]\na = "1"\nb = "2"\nc = "3"',
    '[tasks]\nc = "3"\nrenamed = "2"\na = "1"\nnew = "4"',
  );
  expect(change).toEqual({
    name: null,
    added: ["renamed", "new"],
    removed: ["b"],
    changed: [],
    restarted: [],
    settings: false,
  });
});

test("the order of dependencies means nothing, another one does", async () => {
  const tasks = (dependencies: string) =>
    `[tasks]\na = "1"\nb = "2"\n[tasks.c]\ncommand = "3"\ndepends_on = ${dependencies}`;
  expect(isNothing(await reload(tasks('["a", "b"]'), tasks('["b", "a"]')))).toBe(true);
  const change = await reload(tasks('["a"]'), tasks('["a", "b"]'));
  expect(change).toMatchObject({ changed: ["c"], restarted: [] });
});

test("a variable of the top level is a change for those tasks that get it", async () => {
  const config = (value: string) =>
    `env = { A = "${value}" }\n[tasks]\nb = "1"\n[tasks.a]\ncommand = "1"\nenv = { A = "own" }`;
  expect(await reload(config("1"), config("2"))).toMatchObject({ restarted: ["b"] });
});

test("a name counts only where the session follows it", async () => {
  const [from, to] = ['name = "one"\n[tasks]', 'name = "two"\n[tasks]'];
  expect((await reload(from, to)).name).toEqual({ from: "one", to: "two" });
  const change = reloadOf(await project(from, "other"), await project(to, "other"));
  expect(isNothing(change)).toBe(true);
});
