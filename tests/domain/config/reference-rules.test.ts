import { expect, test } from "bun:test";
import { configOf, problemsOf } from "../../helpers/config.ts";

const task = (name: string, rest = "") => `[tasks.${name}]\ncommand = "x"\n${rest}\n`;

test.each([
  [
    task("web", 'env = { A = "${tasks.ap.url}" }') + task("api", "port = 1"),
    "tasks.web.env.A refers to ${tasks.ap.url}, which is not in the config",
    "Did you mean 'api'?",
  ],
  [
    task("web", 'health_tcp = "${tasks.api.port}"') + task("api"),
    "tasks.web.health_tcp refers to ${tasks.api.port}, but task 'api' has no port",
    null,
  ],
  [
    task("web", 'health_url = "${tasks.api.url}x"') + task("api"),
    "tasks.web.health_url refers to ${tasks.api.url}, but task 'api' has no port and no url",
    null,
  ],
  [
    task("web", 'env = { A = "${port}" }'),
    "tasks.web.env.A refers to ${port}, but task 'web' has no port",
    null,
  ],
  [
    task("web", 'url = "http://a/${url}"'),
    "tasks.web.url refers to ${url}, which needs this very url",
    null,
  ],
  [
    `env = { A = "\${url}" }\n${task("web", "port = 1")}`,
    "env.A refers to ${url}, but has no task of its own at the top level",
    "Name the task: ${tasks.NAME.url}.",
  ],
])("E216: %s", async (toml, message, hint) => {
  const [problem, ...more] = await problemsOf(toml);
  expect(problem).toMatchObject({ code: "E216", message, hint });
  expect(problem?.line).toBeGreaterThan(0);
  expect(more).toEqual([]);
});

test("E216 for URLs that need each other", async () => {
  const toml =
    task("a", 'url = "http://x/?${tasks.b.url}"') + task("b", 'url = "http://x/?${tasks.a.url}"');
  expect((await problemsOf(toml)).map(({ code }) => code)).toEqual(["E216", "E216"]);
});

test("what refers to an invalid port has no error of its own", async () => {
  const toml = `${task("web", 'env = { A = "${tasks.api.url}" }')}[tasks.api]\ncommand = "x"\nport = -1\n`;
  expect((await problemsOf(toml)).map(({ code }) => code)).toEqual(["E104"]);
});

test.each([
  task("web", 'port = "3000+"\nhealth_url = "${url}health"\nenv = { A = "${PATH} $${nothing}" }'),
  task("web", 'env = { A = "${tasks.api.port}${session}${worktree}" }') +
    task("api", 'port = "auto"'),
  task("web", 'url = "postgres://localhost:${tasks.db.port}/a"') + task("db", "port = 5432"),
  task("web", 'port = 3000\nhealth_tcp = "127.0.0.1:${port}"'),
])("valid: %s", async (toml) => {
  expect(await problemsOf(toml)).toEqual([]);
});

test.each([
  ["0+", 'tasks.web.port must start at a port from 1 to 65535, not "0+"', null],
  ["70000+", 'tasks.web.port must start at a port from 1 to 65535, not "70000+"', null],
  [
    "3000",
    'tasks.web.port must be a port from 1 to 65535, "3000+" or "auto", not "3000"',
    'Write it without quotes: 3000. "3000+" is that one or the next free one.',
  ],
  ["any", 'tasks.web.port must be a port from 1 to 65535, "3000+" or "auto", not "any"', null],
])("port = %j is E104", async (port, message, hint) => {
  const problems = await problemsOf(task("web", `port = "${port}"`));
  expect(problems).toMatchObject([{ code: "E104", message, hint }]);
});

test.each([
  ["localhost:3000", 'Write "http://localhost:3000".'],
  ["http://", null],
  ["/path", null],
  ["http://a b/", null],
  ["http://a/\\u001b[2J", null],
  ["http://a/\\nx", null],
])("url = %j is E104", async (url, hint) => {
  const problems = await problemsOf(task("web", `url = "${url}"`));
  expect(problems).toMatchObject([{ code: "E104", hint }]);
});

test("tasks whose names would become the same variable are E104", async () => {
  const problems = await problemsOf(task("my-api", "port = 1") + task("my_api", 'port = "auto"'));
  expect(problems).toMatchObject([
    {
      code: "E104",
      message: "Tasks 'my-api' and 'my_api' would share the variable TASKMUX_PORT_MY_API",
      line: 4,
    },
  ]);
  expect(await problemsOf(task("my-api", "port = 1") + task("my_api"))).toEqual([]);
});

test.each([
  ['port = "3000+"', "${port}"],
  ['port = "auto"\nready_log = "ready"', "${port}"],
  ["port = 3000", null],
  ['port = "3000+"\nhealth_check = "true"', null],
  ['port = "3000+"\nhealth_url = "${url}"', null],
  ['port = "3000+"\nhealth_tcp = 4000', "4000"],
  ['port = "3000+"\noneshot = true', null],
])("the check of a task with %s is health_tcp = %p", async (rest, check) => {
  const [web] = (await configOf(task("web", rest))).tasks;
  expect(web?.health_tcp).toBe(check);
});
