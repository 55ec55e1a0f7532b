import { expect, test } from "bun:test";
import { join } from "node:path";
import { checkFile, type ConfigReport } from "../../../src/adapters/config/check.ts";
import { isFailure } from "../../../src/domain/failure.ts";
import { directoryWith } from "../../helpers/directory.ts";

async function check(text: string): Promise<ConfigReport> {
  using root = directoryWith({ "taskmux.toml": text, ".env": "A=1" });
  const report = await checkFile(join(root.path, "taskmux.toml"));
  if (isFailure(report)) throw new Error(report.message);
  return {
    ...report,
    warnings: report.warnings.map((warning) => warning.replace(root.path, "DIR")),
  };
}

test("a sound config has neither errors nor warnings", async () => {
  const text = `env_file = ".env"\nshell = "sh"\n[tasks.web]\ncommand = "x"\ncwd = "."\nenv_file = ["no?"]
health_url = "http://a"
health_expected_status = [200]`;
  expect(await check(text)).toEqual({ errors: [], warnings: [] });
});

test("what a shell reads itself is not warned of", async () => {
  const shell =
    "echo $PORT ${PORT:-1} ${port} ${url} ${session} ${worktree} ${tasks} ${tasks[0]} $${tasks.a.url}";
  const text = `[tasks.a]\ncommand = '${shell}'\nhealth_check = '${shell}'\n[tasks.a.hooks]\nafter_stop = '${shell}'`;
  expect(await check(text)).toEqual({ errors: [], warnings: [] });
});

test.each([
  ["", "There are no tasks"],
  [
    `[tasks.a]\ncommand = "x"\ncwd = "no"`,
    "line 3: tasks.a.cwd can't be used now: DIR/no: it doesn't exist",
  ],
  [
    `[tasks.a]\ncommand = "x"\ncwd = ".env"`,
    "line 3: tasks.a.cwd can't be used now: DIR/.env: it is not a directory",
  ],
  [`[tasks.a]\ncommand = "x"\nenv_file = "no"`, "line 3: tasks.a.env_file is missing now: DIR/no"],
  [
    `[tasks.a]\ncommand = "x"\nenv_file = [".env",\n"no"]`,
    "line 4: tasks.a.env_file is missing now: DIR/no",
  ],
  [`env_file = "no"\ntasks.a = "x"`, "line 1: env_file is missing now: DIR/no"],
  [`shell = "no-such-shell"\ntasks.a = "x"`, "line 1: shell is not in PATH: no-such-shell"],
  [
    `[tasks.a]\ncommand = "x"\nhealth_expected_status = [200]`,
    "line 3: tasks.a.health_expected_status has no effect without health_url",
  ],
  [
    `[tasks.a]\ncommand = "x"\nport = 1\n[tasks.b]\ncommand = "x"\nport = 1`,
    "line 6: tasks.b.port is the same as that of task 'a': 1",
  ],
  [
    `[tasks.a]\ncommand = "x"\nlog_file = "l"\n[tasks.b]\ncommand = "x"\nlog_file = "./l"`,
    "line 6: tasks.b.log_file is the same as that of task 'a': DIR/l",
  ],
  [
    `[tasks.web]\ncommand = "vite --api \${tasks.my-api.url} \${tasks.db.port}"`,
    "line 2: tasks.web.command has ${tasks.my-api.url}, which its shell can't read: write $TASKMUX_URL_MY_API",
  ],
  [
    `[tasks.a]\ncommand = "x"\nhealth_check = "nc -z localhost \${tasks.a.port}"`,
    "line 3: tasks.a.health_check has ${tasks.a.port}, which its shell can't read: write $TASKMUX_PORT_A",
  ],
  [
    `[tasks.a]\ncommand = "x"\n[tasks.a.hooks]\nafter_start = "open \${tasks.a.url}"`,
    "line 4: tasks.a.hooks.after_start has ${tasks.a.url}, which its shell can't read: write $TASKMUX_URL_A",
  ],
  [
    `tasks.a = "x"\n[hooks]\nafter_start = "open \${tasks.a.url}"`,
    "line 3: hooks.after_start has ${tasks.a.url}, which its shell can't read: write $TASKMUX_URL_A",
  ],
])("%j is warned of: %s", async (text, warning) => {
  expect(await check(text)).toEqual({ errors: [], warnings: [warning] });
});

test("errors come with their places, and without warnings", async () => {
  const report = await check(`nam = 1\n[tasks.a]\ncommand = "x"\ncwd = "no"\nport = 0`);
  expect(report.errors).toMatchObject([
    { code: "E103", line: 1, column: 1 },
    { code: "E104", line: 5, column: 8 },
  ]);
  expect(report.warnings).toEqual([]);
});

test("a syntax error is an error of the file, one that isn't there is a failure", async () => {
  expect((await check("a = ")).errors).toMatchObject([{ code: "E101", line: 1 }]);
  expect(await checkFile("/no/taskmux.toml")).toMatchObject({ code: "E100" });
});
