import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rotatedNumbers } from "../../src/adapters/logs/output.ts";
import { eventually } from "../helpers/eventually.ts";
import { conforms } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const logOf = (world: World, task: string): string =>
  join(world.home, `.taskmux/logs/demo/${task}.log`);

/** Writes logs as they would be after a while; the session needn't run to read them. */
function past(
  world: World,
  task: string,
  lines: readonly [seconds: number, text: string][],
  suffix = "",
): void {
  mkdirSync(join(world.home, ".taskmux/logs/demo"), { recursive: true, mode: 0o700 });
  const text = lines.map(
    ([seconds, line]) =>
      `${new Date(Date.now() - seconds * 1000).toISOString().slice(0, 23)} ${line}\n`,
  );
  writeFileSync(logOf(world, task) + suffix, text.join(""));
}

const config = (tasks: Record<string, string>): string =>
  `name = "demo"\n${Object.entries(tasks)
    .map(([name, command]) => `[tasks.${name}]\ncommand = ${JSON.stringify(command)}\n`)
    .join("")}`;

/** The texts of a task's log, less our own lines. */
const output = (world: World, task: string): string[] =>
  readFileSync(logOf(world, task), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => line.slice(24))
    .filter((text) => !text.startsWith("[taskmux]"));

/** A task's log with its rotated files. */
function wholeLog(world: World, task: string): string {
  const path = logOf(world, task);
  const files = [
    ...rotatedNumbers(path)
      .toReversed()
      .map((number) => `${path}.${number}`),
    path,
  ];
  return files.map((file) => (existsSync(file) ? readFileSync(file, "utf8") : "")).join("");
}

/** Where a list isn't what it should be, with its neighbours; null where it is. */
function firstDifference(found: readonly string[], wanted: (index: number) => string) {
  const at = found.findIndex((text, index) => text !== wanted(index));
  return at < 0 ? null : { at, found: found.slice(Math.max(0, at - 1), at + 2) };
}

/** What `logs` prints as JSON. */
async function inJson(world: World, line: string) {
  const output = await world.run([...line.split(" "), "--json"]);
  const result = output.json();
  const ofOne = "task" in result ? "logsOfOneSchema" : "logsOfSeveralSchema";
  conforms("error" in result ? "errorSchema" : ofOne, result);
  return { result, stderr: output.stderr };
}

describe("a run", () => {
  const mark = (pid: number): string => `[taskmux] started pid ${pid}: x`;

  test("of a task is shown alone, in JSON with its process and its start", async () => {
    await using world = createWorld();
    world.writeConfig(config({ web: "true", api: "true" }));
    past(world, "web", [
      [9, mark(1)],
      [8, "one"],
      [7, mark(2)],
      [6, "two"],
      [5, "three"],
    ]);
    past(world, "api", [
      [9, "rest"],
      [3, mark(7)],
    ]);
    const texts = async (line: string) =>
      (await world.run(["logs", "--raw", ...line.split(" ")])).stdout.split("\n").slice(0, -1);
    expect(await texts("web --run last")).toEqual([mark(2), "two", "three"]);
    expect(await texts("web --run -1")).toEqual([mark(1), "one"]);
    expect(await texts("--run last -g t -n 9")).toEqual([
      `[web] ${mark(2)}`,
      "[web] two",
      "[web] three",
      `[api] ${mark(7)}`,
    ]);
    const last = await inJson(world, "logs web --run=last -n2 --raw");
    const web = { pid: 2, started_at: expect.stringMatching(/Z$/) };
    expect(last.result).toMatchObject({ lines: ["two", "three"], run: web, left_out: 1 });
    expect(last.stderr).toContain("1 line before these not shown; to show all: -n 3");
    expect((await inJson(world, "logs api --run=-1")).result).toMatchObject({
      run: { pid: null, started_at: null },
      left_out: 0,
    });
    expect((await inJson(world, "logs --run=last")).result.runs).toEqual([
      { task: "web", ...web },
      { task: "api", ...web, pid: 7 },
    ]);
  });

  test("that a log does not have is E500; a task that was never launched has none", async () => {
    await using world = createWorld();
    world.writeConfig(config({ web: "true", api: "true" }));
    past(world, "web", [[9, mark(1)]]);
    expect((await inJson(world, "logs web --run=-2")).result).toMatchObject({
      error_code: "E500",
      error: "There is no run -2: the log of 'web' has only one run",
    });
    expect((await inJson(world, "logs web --run=2")).result.error_code).toBe("E500");
    expect((await inJson(world, "logs web --run=last -f")).result.error_code).toBe("E500");
    const never = await inJson(world, "logs api --run=last");
    expect(never.result).toMatchObject({ lines: [], run: null });
    expect(never.stderr).toContain("has not been launched");
  });
});

test("an answer is limited in bytes, and says what is missing", async () => {
  await using world = createWorld();
  world.writeConfig(config({ web: "true" }));
  past(world, "web", [
    [3, "one"],
    [2, "x".repeat(1000)],
    [1, "three"],
  ]);
  const text = await world.run(["logs", "web", "--raw", "--line-bytes", "4", "--max-bytes", "20"]);
  expect(text.stdout).toBe("one\nxxxx…\nthre…\n");
  expect(text.stderr).toContain("warning: 2 lines cut: --line-bytes 4");
  const less = await world.run(["logs", "web", "--raw", "--max-bytes", "10"]);
  expect(less.stdout).toBe("three\n");
  expect(less.stderr).toContain("warning: 2 lines before these not shown: --max-bytes 10");
  const { result } = await inJson(world, "logs web --max-bytes=300 --line-bytes=100");
  expect(result).toMatchObject({ left_out: 0, cut: 1 });
  expect(JSON.stringify([result.lines, result.times]).length).toBeLessThanOrEqual(310);
  expect((await inJson(world, "logs web")).result).not.toContainKeys(["left_out", "cut"]);
  expect((await inJson(world, "logs --max-bytes=80")).result).toMatchObject({
    lines: [{ text: "three" }],
    left_out: 2,
    cut: 0,
  });
});

describe("the log of a task", () => {
  test("holds every line that others print across its ends and launches, in order", async () => {
    await using world = createWorld();
    world.writeConfig(`${config({ web: "exit 3" })}log_max_files = 1000\n`);
    await world.run(["start"]);
    const terminal = await world.tmux("list-panes", "-t", "=demo:", "-F", "#{pane_tty}");
    const flood = `i=0; until [ -e enough ]; do i=$((i+1)); echo "line $i"; done; echo "last $i"`;
    const printing = world.spawnProgram(["sh", "-c", `(${flood}) >${terminal}`]);
    for (let launch = 2; launch <= 8; launch++) await world.run(["start"]);
    world.write("enough", "");
    await printing.ended();
    await eventually(() => /last \d+\n/.test(wholeLog(world, "web")));
    const log = wholeLog(world, "web");
    const lines = log.match(/^.{24}line \d+$/gm)!.map((line) => line.slice(24));
    expect(firstDifference(lines, (index) => `line ${index + 1}`)).toBeNull();
    expect(lines.length).toBe(Number(/last (\d+)\n/.exec(log)![1]));
    expect(log.match(/\[taskmux\] started/g)!.length).toBe(8);
    expect(log.match(/\[taskmux\] exited/g)!.length).toBe(8);
  });

  test("holds the first and the last byte of a launch, however short it lived, and nothing else", async () => {
    await using world = createWorld();
    const names = Array.from({ length: 10 }, (_, index) => `short${index}`);
    world.writeConfig(
      config(
        Object.fromEntries(
          names.map((name) => [name, `printf 'first\\n'; printf 'last of ${name}'`]),
        ),
      ),
    );
    await world.run(["start"]);
    for (const name of names) {
      await eventually(() =>
        readFileSync(logOf(world, name), "utf8").includes("[taskmux] exited with status 0"),
      );
      const [started, first, last, ended, ...more] = readFileSync(logOf(world, name), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => line.slice(24));
      expect(started).toMatch(/^\[taskmux\] started pid \d+: printf 'first/);
      expect([first, last, more]).toEqual(["first", `last of ${name}`, []]);
      expect(ended).toMatch(/^\[taskmux\] exited with status 0 after \d+\.\ds$/);
    }
  });

  test("keeps colours, and nothing else that a terminal obeys", async () => {
    await using world = createWorld();
    world.writeConfig(
      config({
        web: String.raw`printf '\033]0;title\007\033[32mup\033[0m\033[K\n10%%\r50%%\r100%%\n\377\n'; sleep 100`,
      }),
    );
    await world.run(["start"]);
    await eventually(() => output(world, "web").length >= 3);
    expect(output(world, "web")).toEqual(["\x1b[32mup\x1b[0m", "100%", "\ufffd"]);
  });

  test("holds what follows a full-screen menu as a line of its own, and no blanks of a cleared screen", async () => {
    await using world = createWorld();
    const vite = String.raw`i=1; while [ $i -lt 50 ]; do i=$((i+1)); echo; done; printf '\033[1;1H\033[0J'`;
    const menu = String.raw`printf '\033[?1049h\033[HPick one:\033[2;1H> dev'; sleep 0.1; printf '\033[?1049lready on 3000\n\n'`;
    world.writeConfig(
      `${config({ web: `${menu}; echo before; ${vite}; echo after; exec sleep 100` })}ready_log = "^ready on"\n`,
    );
    expect((await world.run(["start", "--wait"])).exitCode).toBe(0);
    await eventually(() => output(world, "web").includes("after"));
    expect(output(world, "web")).toEqual([
      "Pick one:",
      "> dev",
      "ready on 3000",
      "",
      "before",
      "after",
    ]);
  });

  test("holds the lines of a flood, in files of log_max_size", async () => {
    await using world = createWorld();
    world.writeConfig(
      `${config({ web: "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done" })}log_max_size = "20KB"\nlog_max_files = 20\n`,
    );
    await world.run(["start"]);
    await eventually(() =>
      readFileSync(logOf(world, "web"), "utf8").includes("exited with status 0"),
    );
    expect(existsSync(`${logOf(world, "web")}.2`)).toBe(true);
    const { stdout } = await world.run(["logs", "web", "--raw", "-n", "3002"]);
    expect(stdout.split("\n").slice(1, 3001)).toEqual(
      Array.from({ length: 3000 }, (_, index) => `line ${index + 1}`),
    );
  });

  test("continues where it was after logs-clean, while the task runs", async () => {
    await using world = createWorld();
    world.writeConfig(
      config({ web: "n=0; while :; do n=$((n+1)); echo tick $n; sleep 0.05; done" }),
    );
    await world.run(["start"]);
    await eventually(() => output(world, "web").length > 2);
    const cleaned = (await world.run(["logs-clean", "web", "--json"])).json();
    expect(cleaned).toEqual({
      ok: true,
      session: "demo",
      deleted: [logOf(world, "web")],
      task: "web",
      warnings: [],
    });
    const numbers = await eventually(() => {
      const texts = existsSync(logOf(world, "web")) ? output(world, "web") : [];
      return texts.length > 3 && texts.map((text) => Number(text.slice(5)));
    });
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
  });

  test("survives the session", async () => {
    await using world = createWorld();
    world.writeConfig(config({ web: "echo hello; sleep 100" }));
    await world.run(["start"]);
    await eventually(() => output(world, "web").includes("hello"));
    await world.tmux("kill-server");
    expect((await world.run(["logs", "web"])).stdout).toContain("hello");
  });

  test("that can't be read shows nothing, and logs says why", async () => {
    await using world = createWorld();
    world.writeConfig(config({ web: "true", api: "true" }));
    past(world, "api", [[60, "hello"]]);
    mkdirSync(logOf(world, "web"));
    const { exitCode, stdout, stderr } = await world.run(["logs", "--raw"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "[api] hello\n" });
    expect(stderr).toBe(
      `warning: The log ${logOf(world, "web")} can't be read: it is a directory\n`,
    );
  });

  test("that can't be written stops no task, and logs says why", async () => {
    await using world = createWorld();
    world.writeConfig(
      `${config({ web: "while :; do echo x; sleep 0.05; done" })}log_file = "taken"\n`,
    );
    await world.run(["start"]);
    await eventually(() => existsSync(join(world.project, "taken")));
    // A line may be written in between.
    await eventually(() => {
      rmSync(join(world.project, "taken"));
      mkdirSync(join(world.project, "taken"));
      return true;
    });
    await eventually(async () =>
      (await world.run(["logs", "web"])).stderr.includes("can't be written: it is a directory"),
    );
    rmSync(join(world.project, "taken"), { recursive: true });
    await eventually(async () =>
      (await world.run(["logs", "web", "--raw"])).stdout.includes("\nx\n"),
    );
    await eventually(async () => (await world.run(["logs", "web"])).stderr === "");
  });
});

describe("logs", () => {
  const tasks = { web: "true", api: "true" };

  test("of all tasks is one stream in time order, of which -n counts the lines", async () => {
    await using world = createWorld();
    world.writeConfig(config(tasks));
    past(world, "web", [
      [9, "w1"],
      [7, "w2"],
      [5, "w3"],
    ]);
    past(world, "api", [
      [8, "a1"],
      [6, "a2"],
    ]);
    const { stdout } = await world.run(["logs", "--raw"]);
    expect(stdout).toBe("[web] w1\n[api] a1\n[web] w2\n[api] a2\n[web] w3\n");
    expect((await world.run(["logs", "--raw", "-n", "2"])).stdout).toBe("[api] a2\n[web] w3\n");
    const { session, lines } = (await world.run(["logs", "--json", "-n", "1"])).json();
    expect([session, lines.length, lines[0].task, lines[0].text]).toEqual(["demo", 1, "web", "w3"]);
    expect(lines[0].ts).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test("reads rotated files, and never wraps a line", async () => {
    await using world = createWorld();
    world.writeConfig(config(tasks));
    past(world, "web", [[20, "old"]], ".1");
    past(world, "web", [[10, "x".repeat(300)]]);
    expect((await world.run(["logs", "web", "--raw"])).stdout).toBe(`old\n${"x".repeat(300)}\n`);
  });

  test("-g is a literal, -E makes it an expression, -C adds context with -- between groups", async () => {
    await using world = createWorld();
    world.writeConfig(config(tasks));
    past(
      world,
      "web",
      ["a.b", "axb", "one", "two", "A.B", "end"].map((text, index) => [20 - index, text]),
    );
    const raw = async (...args: string[]): Promise<string[]> =>
      (await world.run(["logs", "web", "--raw", ...args])).stdout.split("\n").slice(0, -1);
    expect(await raw("-g", "a.b")).toEqual(["a.b", "A.B"]);
    expect(await raw("-E", "-g", "a.b")).toEqual(["a.b", "axb", "A.B"]);
    expect(await raw("-g", "a.b", "-C", "1")).toEqual(["a.b", "axb", "--", "two", "A.B", "end"]);
  });

  test("--since takes 1.5h for an hour and a half", async () => {
    await using world = createWorld();
    world.writeConfig(config(tasks));
    past(world, "web", [
      [10_000, "too old"],
      [5000, "young enough"],
      [1, "new"],
    ]);
    expect((await world.run(["logs", "web", "--raw", "--since", "1.5h"])).stdout).toBe(
      "young enough\nnew\n",
    );
    expect((await world.run(["logs", "web", "--raw", "--until", "1h"])).stdout).toBe(
      "too old\nyoung enough\n",
    );
  });

  test("of an unknown task is an error, in JSON too", async () => {
    await using world = createWorld();
    world.writeConfig(config(tasks));
    const { exitCode, json } = await world.run(["logs", "ghost", "--json"]);
    expect([exitCode, json().error_code, json().error]).toEqual([
      1,
      "E200",
      "Task 'ghost' not found in config",
    ]);
  });

  test("-f --json prints a JSON object a line, at once", async () => {
    await using world = createWorld();
    world.writeConfig(config(tasks));
    past(world, "web", [[9, "\x1b[31mred\x1b[0m"]]);
    const follow = world.spawn(["logs", "-f", "--json"]);
    await eventually(() => follow.lines().length === 1);
    past(world, "api", [[0, "late"]]);
    await eventually(() => follow.lines().length === 2);
    expect(
      follow
        .lines()
        .map((line) => JSON.parse(line))
        .map(({ task, text }) => [task, text]),
    ).toEqual([
      ["web", "red"],
      ["api", "late"],
    ]);
    follow.signal("SIGINT");
    expect((await follow.ended()).exitCode).toBe(130);
  });

  test("-f shows the last -n lines, then follows through restarts and rotation", async () => {
    await using world = createWorld();
    world.writeConfig(
      `${config({ web: "for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done; sleep 100" })}log_max_size = "200"\nlog_max_files = 50\n`,
    );
    await world.run(["start"]);
    await eventually(
      async () => (await world.run(["logs", "web", "--raw", "-n", "1"])).stdout === "line 9\n",
    );
    const follow = world.spawn(["logs", "-f", "--raw", "-n", "2", "web"]);
    await eventually(() => follow.lines().length === 2);
    await world.run(["restart", "web"]);
    await eventually(() => follow.lines().filter((line) => line === "line 9").length === 2);
    const since = follow.lines().slice(0, 2);
    expect(since).toEqual(["line 8", "line 9"]);
    expect(
      follow
        .lines()
        .filter((line) => line.startsWith("line"))
        .slice(2),
    ).toEqual(Array.from({ length: 9 }, (_, index) => `line ${index + 1}`));
    follow.signal("SIGINT");
    await follow.ended();
  });

  test("-f ends when its reader goes away", async () => {
    await using world = createWorld();
    world.writeConfig(config({ web: "while :; do echo tick; sleep 0.05; done" }));
    await world.run(["start"]);
    const { binary } = { binary: (await import("../helpers/binary.ts")).builtBinary() };
    const { stdout, exitCode, stderr } = await world.runProgram([
      "sh",
      "-c",
      `"${binary}" logs -f --raw web | head -n 3`,
    ]);
    expect([stdout.split("\n").length, exitCode, stderr]).toEqual([4, 0, ""]);
  });
});

describe("logs-clean", () => {
  test.each(["*", "..", "../demo", "."])("of %j deletes nothing", async (name) => {
    await using world = createWorld();
    world.writeConfig(config({ web: "true" }));
    past(world, "web", [[1, "kept"]]);
    const { exitCode, json } = await world.run(["logs-clean", name, "--json"]);
    expect([exitCode === 0, json().ok]).toEqual([false, false]);
    expect(existsSync(logOf(world, "web"))).toBe(true);
  });

  test("of a session that is called `..` isn't done", async () => {
    await using world = createWorld();
    world.writeConfig(config({ web: "true" }));
    past(world, "web", [[1, "kept"]]);
    expect((await world.run(["logs-clean", "--session", "..", "--json"])).exitCode).not.toBe(0);
    expect(existsSync(logOf(world, "web"))).toBe(true);
  });

  test("deletes the session's logs, rotated ones and log_file included, and no others", async () => {
    await using world = createWorld();
    world.writeConfig(
      `${config({ web: "true" })}[tasks.api]\ncommand = "true"\nlog_file = "api.out"\n`,
    );
    past(world, "web", [[1, "x"]]);
    past(world, "web", [[2, "x"]], ".1");
    await world.run(["start"]);
    await world.run(["wait", "web", "api", "--for", "exited"]);
    await world.run(["stop"]);
    world.write("api.out.bak", "x\n");
    mkdirSync(join(world.home, ".taskmux/logs/other"));
    writeFileSync(join(world.home, ".taskmux/logs/other/web.log"), "x\n");
    const { deleted } = (await world.run(["logs-clean", "--json"])).json();
    expect(deleted.sort()).toEqual(
      [logOf(world, "web"), `${logOf(world, "web")}.1`, join(world.project, "api.out")].sort(),
    );
    expect(readdirSync(world.project).sort()).toEqual(["api.out.bak", "taskmux.toml"]);
    expect(existsSync(join(world.home, ".taskmux/logs/other/web.log"))).toBe(true);
  });
});

describe.each([
  ["America/New_York", String.raw` \(-0[45]:00\)`],
  ["Asia/Tokyo", String.raw` \(\+09:00\)`],
  ["UTC", ""],
])("times, seen from %s", (TZ, offset) => {
  const zoned = { env: { TZ } };

  test("are local for people and UTC in JSON, and --since reads each as it was meant", async () => {
    await using world = createWorld();
    world.writeConfig(config({ web: "sleep 100" }));
    past(world, "web", [
      [9000, "before"],
      [60, "then"],
      [59, "after"],
    ]);
    const said = async (...words: string[]) =>
      (await world.run(["logs", "web", ...words], zoned)).stdout.trimEnd().split("\n");
    const shown = (await said()).find((line) => line.endsWith(" then"))!.slice(0, -" then".length);
    const { lines, times } = (await world.run(["logs", "web", "--json"], zoned)).json();
    const inFile = readFileSync(logOf(world, "web"), "utf8").split("\n")[1]!.slice(0, 23);
    expect(lines[1]).toBe(`${inFile} then`);
    expect(times[1]).toBe(`${inFile}Z`);
    expect(shown === inFile).toBe(TZ === "UTC");
    for (const time of [shown, times[1], `${inFile}Z`])
      expect(await said("--raw", "--since", time)).toEqual(["then", "after"]);
    expect(await said("--raw", "--until", shown)).toEqual(["before", "then"]);
  });

  test("of events are read by --since too", async () => {
    await using world = createWorld();
    world.writeConfig(config({ web: "sleep 100" }));
    await world.run(["start"], zoned);
    const { stdout } = await world.run(["events"], zoned);
    const [time] = /^[-0-9]+ [:0-9]+/.exec(stdout)!;
    const after = ["--since", time];
    expect((await world.run(["events", ...after], zoned)).stdout).toBe(stdout);
    const log = async () => (await world.run(["logs", "web", "--raw", ...after], zoned)).stdout;
    await eventually(async () => (await log()).includes("[taskmux] started pid"));
  });

  test("are those of the day on a terminal and with --local, and whole in a pipe", async () => {
    await using world = createWorld();
    world.writeConfig(config({ web: "sleep 100" }));
    past(world, "web", [[3 * 86_400, "then"]]);
    const date = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{3} then\n$/;
    const [, day, clock] = date.exec((await world.run(["logs", "web"], zoned)).stdout)!;
    const short = `-- ${day} --\n${clock} then\n`;
    expect((await world.run(["logs", "web", "--local"], zoned)).stdout).toBe(short);
    const terminal = world.spawnOnTerminal(["logs", "web"], zoned);
    await terminal.ended();
    const seen = () => Bun.stripANSI(terminal.seen()).replaceAll("\r", "");
    await eventually(() => seen().endsWith(short));
    const both = await world.run(["logs", "--local", "--raw"], zoned);
    expect(both.stderr).toContain("--local can't be combined with --raw");
  });

  test("are in a zone that is named once on a terminal, and never in a pipe", async () => {
    await using world = createWorld();
    world.writeConfig(config({ web: "sleep 100" }));
    past(world, "web", [[60, "then"]]);
    const onTerminal = async (...args: string[]) => {
      const terminal = world.spawnOnTerminal(args, zoned);
      await terminal.ended();
      return Bun.stripANSI(terminal.seen());
    };
    const line = new RegExp(`^times: ${TZ}${offset}\\r\\n`);
    for (const args of [["logs", "web"], ["events"]]) {
      await eventually(async () => line.test(await onTerminal(...args)));
      expect((await world.run(args, zoned)).stderr).toBe("");
    }
    expect(await onTerminal("logs", "web", "--raw")).not.toContain("times:");
    expect(await onTerminal("logs", "web", "--json")).not.toContain("times: ");
  });
});

test("where there is nothing to show, logs says why on stderr", async () => {
  await using world = createWorld();
  world.writeConfig(config({ web: "exec sleep 100", quiet: "exec sleep 100" }));
  const said = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await world.run(["logs", ...args]);
    return { exitCode, stdout, stderr };
  };
  const never = "Task 'web' has not been launched: taskmux start web\n";
  expect(await said("web")).toEqual({ exitCode: 0, stdout: "", stderr: never });
  expect(await said("web", "-g", "x")).toEqual({ exitCode: 0, stdout: "", stderr: never });
  expect((await said()).stderr).toBe("The logs are empty\n");
  await world.run(["start"]);
  await eventually(async () => (await said("web")).stdout.includes("started pid"));
  expect(await said("web", "-g", "no such line")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  // Nobody asked for a line: that says nothing about the log.
  expect(await said("web", "-n", "0")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});
