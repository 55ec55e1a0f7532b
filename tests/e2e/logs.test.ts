import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
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

describe("the log of a task", () => {
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

  test("goes on where it was after logs-clean, while the task runs", async () => {
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

  test("that can't be written stops no task, and logs says why", async () => {
    await using world = createWorld();
    world.writeConfig(
      `${config({ web: "while :; do echo x; sleep 0.05; done" })}log_file = "taken"\n`,
    );
    mkdirSync(join(world.project, "taken"));
    await world.run(["start"]);
    await eventually(async () =>
      (await world.run(["logs", "web"])).stderr.includes("can't be written: it is a directory"),
    );
    rmSync(join(world.project, "taken"), { recursive: true });
    await eventually(async () =>
      (await world.run(["logs", "web", "--raw"])).stdout.includes("\nx\n"),
    );
    expect((await world.run(["logs", "web"])).stderr).toBe("");
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
    const { stdout, exitCode, stderr } = await world.runProgram(
      ["sh", "-c", `"${binary}" logs -f --raw web | head -n 3`],
      { timeout: 10_000 },
    );
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
    world.write("api.out", "x\n");
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
