import { expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
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

test("without a name the reader is the process that runs the commands", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  print(world, "web", "a");
  const shell = (script: string) => world.runProgram(["sh", "-c", script]);
  const logs = `"$TASKMUX" logs web --since-last --raw`;
  const twice = `TASKMUX=${builtBinary()}; ${logs}; echo --; ${logs}; echo --; ${logs} -n 0; :`;
  expect((await shell(twice)).stdout).toBe("a\n--\n--\n");
  // Another shell, which has read nothing.
  expect((await shell(twice)).stdout).toBe("a\n--\n--\n");
});

test("what is more than -n is counted, on stderr for people; -g and -E look among the new lines", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  await call(world);
  print(world, "web", ...Array.from({ length: 120 }, (_, index) => `line ${index}`));
  const env = { TASKMUX_READER: "agent" };
  const { stdout, stderr } = await world.run(["logs", "web", "--since-last", "--raw"], { env });
  expect(stdout.split("\n").slice(0, 2)).toEqual(["line 20", "line 21"]);
  expect(stderr).toBe("warning: 20 new lines before these left out; all of them: -n 120\n");
  print(world, "web", "Error one", "fine", "error two", "err three");
  expect(await call(world, "-g error -n1")).toMatchObject({ texts: ["error two"], leftOut: 1 });
  print(world, "web", "Error one", "fine", "error two", "err three");
  expect((await call(world, "-E -g err.r")).texts).toEqual(["Error one", "error two"]);
  expect((await call(world)).texts).toEqual([]);
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
  const read = async () => {
    const { texts } = await call(world, "web -n1000000");
    seen.push(
      ...texts.flatMap((text) => (/^tick (\d+)$/.exec(text)?.[1] ?? []) as string[]).map(Number),
    );
  };
  await eventually(async () => (await read(), seen.length > 100));
  await world.run(["restart"]);
  await eventually(async () => (await read(), seen.length > 250));
  await world.run(["stop", "web"]);
  await read();
  await world.run(["logs-clean", "web"]);
  await world.run(["start"]);
  await eventually(async () => (await read(), seen.length > 350));
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
}, 60_000);

test("two calls of one reader at once show each line once", async () => {
  await using world = createWorld();
  world.writeConfig(twoTasks);
  await call(world);
  print(world, "web", ...Array.from({ length: 50 }, (_, index) => `${index}`));
  const calls = await Promise.all(Array.from({ length: 6 }, () => call(world)));
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
    ["sh", "-c", `"${builtBinary()}" logs web --since-last --raw -n 5000 | head -n 1`],
    { env: { TASKMUX_READER: "agent" } },
  );
  expect(stdout).toMatch(/^0 x+\n$/);
  expect((await call(world, "web -n5000")).texts.length).toBe(3000);
});

test("it stands beside no other choice of time, and its files are for this user only", async () => {
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
