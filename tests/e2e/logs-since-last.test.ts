import { expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../../src/domain/values/shell-word.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { conforms } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const config = (tasks: string): string => `name = "demo"\n${tasks}`;
const twoTasks = config('[tasks]\nweb = "sleep 1000"\napi = "sleep 1000"\n');

const directory = (world: World): string => join(world.home, ".taskmux/logs/demo");

/** Writes to a log as its writer would; the session needn't run for it. */
function print(world: World, task: string, ...texts: string[]): void {
  mkdirSync(directory(world), { recursive: true, mode: 0o700 });
  const stamp = new Date().toISOString().slice(0, 23);
  const lines = texts.map((text) => `${stamp} ${text}\n`).join("");
  appendFileSync(join(directory(world), `${task}.log`), lines, { mode: 0o600 });
}

/** One call of a named reader. */
async function call(world: World, line = "", reader = "agent") {
  const words = ["logs", "--since-last", "--raw", "--json", ...line.split(" ").filter(Boolean)];
  const output = await world.run(words, { env: { TASKMUX_READER: reader } });
  const result = output.json();
  conforms("task" in result ? "logsOfOneSchema" : "logsOfSeveralSchema", result);
  const texts: string[] = result.lines.map((one: any) => one.text ?? one);
  return { texts, first: result.first, leftOut: result.left_out };
}

test("the first call shows the newest lines, each later one what has come since, for each reader", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  print(world, "web", "a", "b", "c");
  expect(await call(world, "-n2")).toEqual({ texts: ["b", "c"], first: true, leftOut: 0 });
  expect(await call(world)).toEqual({ texts: [], first: false, leftOut: 0 });
  print(world, "api", "d");
  print(world, "web", "e");
  expect((await call(world, "web")).texts).toEqual(["e"]);
  expect((await call(world)).texts).toEqual(["d"]);
  expect((await call(world, "", "other")).texts.toSorted()).toEqual(["a", "b", "c", "d", "e"]);
});

test("nothing new is said on stderr, with the time since which", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  print(world, "web", "a");
  const env = { TASKMUX_READER: "agent" };
  const words = ["logs", "web", "--since-last", "--raw"];
  expect((await world.run(words, { env })).stdout).toBe("a\n");
  const before = await world.run(words, { env });
  expect(before.stdout).toBe("");
  expect(before.stderr).toMatch(/^No new lines since \d{4}-\d\d-\d\dT[\d:.]+\n$/);
  const grep = await world.run([...words, "-g", "b"], { env });
  expect(grep.stderr).toMatch(/^No new lines that match since \d/);
  expect((await world.run([...words, "--json"], { env })).stderr).toBe("");
});

test("without a name the reader is the process that runs the commands", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  print(world, "web", "a");
  const shell = (script: string) => world.runProgram(["sh", "-c", script]);
  const logs = `"$TASKMUX" logs web --since-last --raw`;
  const twice = `TASKMUX=${quote(builtBinary())}; ${logs}; echo --; ${logs}; echo --; ${logs} -n 0; :`;
  expect((await shell(twice)).stdout).toBe("a\n--\n--\n");
  // Another shell, which has read nothing.
  expect((await shell(twice)).stdout).toBe("a\n--\n--\n");
});

test("a coding agent is one reader in all the shells of its session; a caller without a name gets a note", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  print(world, "web", "a");
  const read = async (env: Record<string, string>) => {
    const { stdout, stderr } = await world.runProgram(
      ["sh", "-c", `${quote(builtBinary())} logs web --since-last --raw -n 1; :`],
      { env },
    );
    return { stdout, stderr };
  };
  const claude = { CLAUDECODE: "1", CLAUDE_CODE_SESSION_ID: "8a718ed2-9f00" };
  expect(await read(claude)).toEqual({ stdout: "a\n", stderr: "" });
  expect(await read(claude)).toEqual({
    stdout: "",
    stderr: expect.stringMatching(/^No new lines since \S+\n$/),
  });
  expect((await read({ CLAUDE_CODE_SESSION_ID: "another" })).stdout).toBe("a\n");
  expect(await read({ ...claude, TASKMUX_READER: "me" })).toEqual({ stdout: "a\n", stderr: "" });
  const { stdout, stderr } = await read({});
  expect(stdout).toBe("a\n");
  expect(stderr).toBe(
    "note: what was read is remembered for the calling process; for the next one, set TASKMUX_READER=NAME\n",
  );
});

test("what is more than -n is counted, on stderr for people; -g and -E look among the new lines", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  await call(world);
  print(world, "web", ...Array.from({ length: 120 }, (_, index) => `line ${index}`));
  const env = { TASKMUX_READER: "agent" };
  const { stdout, stderr } = await world.run(["logs", "web", "--since-last", "--raw"], { env });
  expect(stdout.split("\n").slice(0, 2)).toEqual(["line 20", "line 21"]);
  expect(stderr).toBe("warning: 20 new lines before these not shown; to show all: -n 120\n");
  print(world, "web", "Error one", "fine", "error two", "err three");
  expect(await call(world, "-g error -n1")).toMatchObject({ texts: ["error two"], leftOut: 1 });
  print(world, "web", "Error one", "fine", "error two", "err three");
  expect((await call(world, "-E -g err.r")).texts).toEqual(["Error one", "error two"]);
  expect((await call(world)).texts).toEqual([]);
});

test("lines that logs-clean deletes before a reader has had them are counted as left out, once", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  print(world, "web", "a");
  print(world, "api", "a");
  await call(world);
  await call(world, "", "other");
  print(world, "web", "b", "c", "d");
  await call(world, "", "other");
  print(world, "web", "e");
  print(world, "api", "b", "c");
  expect((await world.run(["logs-clean", "web"])).exitCode).toBe(0);
  print(world, "web", "f");
  expect((await world.run(["logs-clean"])).exitCode).toBe(0);
  print(world, "web", "g");
  expect(await call(world, "web -n1")).toEqual({ texts: ["g"], first: false, leftOut: 5 });
  expect(await call(world, "web")).toEqual({ texts: [], first: false, leftOut: 0 });
  const env = { TASKMUX_READER: "other" };
  const { stdout, stderr } = await world.run(["logs", "--since-last", "--raw"], { env });
  expect(stdout).toBe("[web] g\n");
  expect(stderr).toBe("warning: 4 new lines were deleted by logs-clean\n");
  expect((await call(world, "", "third")).leftOut).toBe(0);
});

test("no line of a running task is lost or repeated through rotation, restarts and logs-clean", async () => {
  await using world = createWorld();
  world.writeConfig(
    config(`[tasks.web]
command = "test -f n || echo 0 >n; i=$(cat n); while test ! -f halt; do i=$((i+1)); echo $i >m; mv m n; echo tick $i; sleep 0.01; done; sleep 1000"
shell = "sh"
log_max_size = 2000
log_max_files = 1000
`),
  );
  await world.run(["start"]);
  const seen: number[] = [];
  let stops = 0;
  const read = async () => {
    const { texts } = await call(world, "web -n1000000");
    stops += texts.filter((text) => text.startsWith("[taskmux] stopped")).length;
    seen.push(
      ...texts.flatMap((text) => (/^tick (\d+)$/.exec(text)?.[1] ?? []) as string[]).map(Number),
    );
  };
  await eventually(async () => (await read(), seen.length > 100));
  await world.run(["restart"]);
  await eventually(async () => (await read(), seen.length > 250));
  await world.run(["stop", "web"]);
  await eventually(async () => (await read(), stops === 2));
  await world.run(["logs-clean", "web"]);
  await world.run(["start"]);
  // More than one file of lines.
  const before = seen.length;
  await eventually(async () => (await read(), seen.length > before + 100));
  world.write("halt", "");
  const last = await eventually(async () => {
    await read();
    const count = Number(await Bun.file(join(world.project, "n")).text());
    return seen.at(-1) === count && count;
  });
  // A C-c may come between the count and the line.
  const twice = seen.filter((number, index) => seen.indexOf(number) !== index);
  expect(twice).toEqual([]);
  const missing = Array.from({ length: last }, (_, index) => index + 1).filter(
    (n) => !seen.includes(n),
  );
  expect(missing.length).toBeLessThanOrEqual(2);
  expect(readdirSync(directory(world)).length).toBeGreaterThan(1);
});

test("two calls of one reader at once show each line once", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  await call(world);
  print(world, "web", ...Array.from({ length: 50 }, (_, index) => `${index}`));
  // A call waits for three seconds for those before it.
  const calls = await Promise.all(Array.from({ length: 3 }, () => call(world)));
  const all = calls.flatMap(({ texts }) => texts);
  expect(all.length).toBe(50);
  expect(new Set(all).size).toBe(50);
});

test("what nobody read is shown again", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  await call(world);
  print(world, "web", ...Array.from({ length: 3000 }, (_, index) => `${index} ${"x".repeat(100)}`));
  const { stdout } = await world.runProgram(
    ["sh", "-c", `${quote(builtBinary())} logs web --since-last --raw -n 5000 | head -n 1`],
    { env: { TASKMUX_READER: "agent" } },
  );
  expect(stdout).toMatch(/^0 x+\n$/);
  expect((await call(world, "web -n5000")).texts.length).toBe(3000);
});

test("it can't be combined with another choice of time, and its files are for this user only", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  for (const other of ["-f", "--since=5m", "--until=5m"]) {
    const { exitCode, stdout } = await world.run(["logs", "--since-last", other, "--json"]);
    expect({ exitCode, code: JSON.parse(stdout).error_code }).toEqual({
      exitCode: 2,
      code: "E500",
    });
  }
  await call(world);
  const readers = join(world.home, ".taskmux/run/demo/readers");
  expect(statSync(readers).mode & 0o777).toBe(0o700);
  const files = readdirSync(readers);
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) expect(statSync(join(readers, name)).mode & 0o777).toBe(0o600);
  const { result } = {
    result: (await world.run(["logs", "ghost", "--since-last", "--json"])).json(),
  };
  expect(result.error_code).toBe("E200");
});
