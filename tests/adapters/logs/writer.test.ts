import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { replaceFile } from "../../../src/adapters/system/files.ts";
import { makeFifo } from "../../../src/adapters/system/libc.ts";
import { LogFile } from "../../../src/adapters/logs/file.ts";
import { noteText } from "../../../src/domain/logs/marks.ts";
import { builtAsDarwin, builtBinary } from "../../helpers/binary.ts";
import { directoryWith } from "../../helpers/directory.ts";
import { eventually, eventuallyIs } from "../../helpers/eventually.ts";
import { stopIdleHub } from "../../helpers/log-hub.ts";
import {
  createLogTask,
  KEY,
  type LogTask,
  mark,
  hubFromSource,
  Writer,
} from "../../helpers/log-task.ts";

const start = mark("start;r1;4242");
const exited = mark("exit;r1;0;exit");

async function write(
  task: LogTask,
  text: string | Uint8Array,
  command?: readonly string[],
): Promise<void> {
  const writer = new Writer(task, command);
  await writer.say(text);
  expect(await writer.end()).toBe(0);
}

describe.each([
  ["from source", () => hubFromSource],
  ["as a binary", () => [builtBinary(), "__log-hub"]],
  ["as on macOS", () => [builtAsDarwin(), "__log-hub"]],
])("the log writer %s", (_how, command) => {
  test("writes each line with its time, and marks launch and end", async () => {
    using task = createLogTask();
    const before = new Date().toISOString();
    await write(
      task,
      `${start}hello\r\n\x1b[32mgreen\x1b[0m\r\nname? ${mark("exit;r1;1;exit")}`,
      command(),
    );
    expect(task.texts().slice(0, 4)).toEqual([
      "[taskmux] started pid 4242: npm run dev",
      "hello",
      "\x1b[32mgreen\x1b[0m",
      "name? ",
    ]);
    expect(task.texts()[4]).toMatch(/^\[taskmux\] exited with status 1 after \d\.\ds$/);
    for (const line of task.lines()) {
      expect(`${line.slice(0, 23)}Z` >= before).toBe(true);
      expect(`${line.slice(0, 23)}Z` <= new Date().toISOString()).toBe(true);
    }
    expect(task.left("logged")).toBe("r1\n");
  });

  test("writes a flood whole and in order", async () => {
    using task = createLogTask({ log_max_size: 1_000_000_000 });
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}`);
    await write(task, `${lines.join("\r\n")}\r\n`, command());
    expect(task.texts()).toEqual(lines);
  });

  test("keeps files to their owner", async () => {
    using task = createLogTask();
    await write(task, `${start}${exited}`, command());
    expect(statSync(task.log).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(task.log)).mode & 0o777).toBe(0o700);
    expect(statSync(join(task.directory, "logged")).mode & 0o777).toBe(0o600);
  });
});

describe("launches", () => {
  test("a signal is named", async () => {
    using task = createLogTask();
    await write(task, `${start}${mark("exit;r1;9;signal")}`);
    expect(task.texts()[1]).toMatch(/^\[taskmux\] ended by SIGKILL after 0\.\ds$/);
  });

  test("each has the settings of its own", async () => {
    using task = createLogTask();
    const writer = new Writer(task);
    await writer.say(`${start}one\r\n${exited}`);
    await eventually(() => task.left("logged") === "r1\n");
    const other = join(dirname(task.log), "other.log");
    task.settings({ run: "r2", command: "npm test\nmore", log_file: other });
    await writer.say(`${mark("start;r2;77")}two\r\n${mark("exit;r2;0;exit")}`);
    await writer.end();
    expect(task.texts()).toHaveLength(3);
    expect(await Bun.file(other).text()).toContain(" [taskmux] started pid 77: npm test…\n");
    expect(task.left("logged")).toBe("r2\n");
  });

  test("a writer that takes over knows when the launch was", async () => {
    using task = createLogTask();
    const record = join(task.directory, "record");
    writeFileSync(record, "start r1 4242 100 1 2\n");
    utimesSync(record, new Date(), new Date(Date.now() - 90_000));
    await write(task, `more\r\n${exited}`);
    const said = /^\[taskmux\] exited with status 0 after (\d+)m(\d+)s$/.exec(task.texts()[1]!)!;
    expect(Number(said[1]) * 60 + Number(said[2])).toBeGreaterThanOrEqual(90);
  });

  test("where nobody saw the launch, nothing is made up", async () => {
    using task = createLogTask();
    await write(task, `more\r\n${exited}`);
    expect(task.texts()).toEqual(["more", "[taskmux] exited with status 0"]);
  });

  test("what a task makes up for a mark is no mark", async () => {
    using task = createLogTask();
    await write(task, `${start}a\x1b]7776;k2;exit;r1;0;exit\x1b\\b\r\n\x1b]7776;;note\x1b\\c\r\n`);
    expect(task.texts().slice(1)).toEqual(["ab", "c"]);
    expect(task.left("logged")).toBeNull();
  });

  test("notes for the window aren't logged, and what is printed in the middle of one is", async () => {
    using task = createLogTask();
    const text = noteText("[taskmux] hint", KEY);
    const note = `${mark(`note;${text.length}`)}${text}`;
    const torn = `${note.slice(0, -20)}\r\ny\r\n${note.slice(-20)}`;
    await write(task, `${start}${note}x\r\n${torn}z\r\n${exited}`);
    expect(task.texts().filter((line) => /^[xyz]$/.test(line))).toEqual(["x", "y", "z"]);
    expect(task.texts()[1]).toBe("x");
  });

  test("notes of a launcher of 0.1.0 aren't logged", async () => {
    using task = createLogTask();
    await write(task, `${start}${mark("note")}hint\r\n${mark("end")}x\r\n${exited}`);
    expect(task.texts()[1]).toBe("x");
  });

  test("text is taken before the settings are there, and written once they are", async () => {
    using task = createLogTask();
    rmSync(join(task.directory, "writer.json"));
    const writer = new Writer(task);
    await writer.say("early\r\n");
    await eventually(() => task.left("writer-error"));
    task.settings({});
    await eventually(() => task.texts().includes("early"));
    await eventually(() => task.left("writer-error") === null);
    await writer.end();
  });

  test("after its end, what children print is still logged", async () => {
    using task = createLogTask();
    await write(task, `${start}${exited}late child\r\n`);
    expect(task.texts().at(-1)).toBe("late child");
  });
});

describe("a clock that is set back", () => {
  /** A writer whose clock shows what the file `clock` in the task's directory says. */
  const withClock = (task: LogTask): readonly string[] => {
    const preload = join(task.directory, "clock.ts");
    const clock = JSON.stringify(join(task.directory, "clock"));
    writeFileSync(
      preload,
      `import { readFileSync } from "node:fs";
      Date.now = () => Number(readFileSync(${clock}, "utf8"));`,
    );
    const [bun, ...words] = hubFromSource;
    return [bun!, "--preload", preload, ...words];
  };

  /** Near the true time: the hub waits for a pipe that is not on record yet while its FIFO is new. */
  const base = Math.floor(Date.now() / 1000) * 1000;

  /** How far from base each line is stamped, ms; the clock shows these times. */
  const stampsAt = async (task: LogTask, times: number[]): Promise<number[]> => {
    const show = (time: number) => replaceFile(join(task.directory, "clock"), String(base + time));
    show(times[0]!);
    const writer = new Writer(task, withClock(task));
    for (const [index, time] of times.entries()) {
      show(time);
      await writer.say(`line ${index}\r\n`);
      await eventually(() => task.lines().length === index + 1);
    }
    expect(await writer.end()).toBe(0);
    return task.lines().map((line) => Date.parse(`${line.slice(0, 23)}Z`) - base);
  };

  test.each([
    ["by little is waited for: readers bisect by time", [0, -2000, -5000, -1, 1], [0, 0, 0, 0, 1]],
    ["by much is followed", [0, -5001, -5000], [0, -5001, -5000]],
  ])("%s", async (_how, times, stamps) => {
    using task = createLogTask();
    expect(await stampsAt(task, times)).toEqual(stamps);
  });
});

describe("ready_log", () => {
  test.each([
    ["a line of the launch", `${start}listening on 3000\r\n`, "r1\n"],
    ["a coloured one", `${start}\x1b[32mlistening\x1b[0m on 3000\r\n`, "r1\n"],
    ["an unfinished one, when it is written", `${start}listening on 3000${exited}`, "r1\n"],
    ["no line before the launch", `listening on 3000\r\n${start}`, null],
    ["no line after the end", `${start}${exited}listening on 3000\r\n`, null],
    ["not the command itself", start, null],
    ["no other line", `${start}listening on\r\n`, null],
  ])("%s", async (_what, text, left) => {
    using task = createLogTask({
      ready_log: "listening on \\d+$",
      command: "echo listening on 3000",
    });
    await write(task, text);
    expect(task.left("ready")).toBe(left);
  });

  test("is reported while the task runs", async () => {
    using task = createLogTask({ ready_log: "^up" });
    const writer = new Writer(task);
    await writer.say(`${start}up and running\r\n`);
    await eventually(() => task.left("ready") === "r1\n");
    await writer.end();
  });

  test("an expression that isn't one stops no log", async () => {
    using task = createLogTask({ ready_log: "(" });
    await write(task, `${start}x\r\n`);
    expect(task.texts()[1]).toBe("x");
  });
});

describe("rotation", () => {
  test("loses and repeats no line, and keeps each file within its size", async () => {
    using task = createLogTask({ log_max_size: 2000, log_max_files: 1000 });
    const numbers = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
    await write(task, `${numbers.join("\r\n")}\r\n`);
    const all: string[] = [];
    for (let number = 0; existsSync(number === 0 ? task.log : `${task.log}.${number}`); number++) {
      const suffix = number === 0 ? "" : `.${number}`;
      expect(statSync(task.log + suffix).size).toBeLessThanOrEqual(2000);
      all.unshift(...task.texts(suffix));
    }
    expect(all).toEqual(numbers);
  });

  test("keeps log_max_files rotated ones, `.1` the newest, and drops those beyond", async () => {
    using task = createLogTask({ log_max_size: 100, log_max_files: 2 });
    mkdirSync(dirname(task.log), { recursive: true });
    writeFileSync(`${task.log}.7`, "of a time when more were kept\n");
    const lines = ["a", "b", "c", "d"].map((letter) => letter.repeat(60));
    await write(task, `${lines.join("\r\n")}\r\n`);
    expect([task.texts(), task.texts(".1"), task.texts(".2")].flat()).toEqual(
      lines.toReversed().slice(0, 3),
    );
    expect(existsSync(`${task.log}.3`) || existsSync(`${task.log}.7`)).toBe(false);
  });

  test("keeps none where none is wanted", async () => {
    using task = createLogTask({ log_max_size: 100, log_max_files: 0 });
    await write(task, `${"a".repeat(60)}\r\n${"b".repeat(60)}\r\n`);
    expect(task.texts()).toEqual(["b".repeat(60)]);
    expect(existsSync(`${task.log}.1`)).toBe(false);
  });

  test("a line longer than a file may be gets one to itself", async () => {
    using task = createLogTask({ log_max_size: 100, log_max_files: 3 });
    await write(task, `short\r\n${"x".repeat(500)}\r\nend\r\n`);
    expect([task.texts(".2"), task.texts(".1"), task.texts()]).toEqual([
      ["short"],
      ["x".repeat(500)],
      ["end"],
    ]);
  });

  test("counts what was in the file before", async () => {
    using task = createLogTask({ log_max_size: 100, log_max_files: 3 });
    await write(task, `${"a".repeat(60)}\r\n`);
    await write(task, `${"b".repeat(60)}\r\n`);
    expect(task.texts(".1")).toEqual(["a".repeat(60)]);
  });
});

describe("a log that is taken away", () => {
  test.each([
    ["removed", (task: LogTask) => rmSync(task.log)],
    [
      "removed with its directory",
      (task: LogTask) => rmSync(dirname(task.log), { recursive: true }),
    ],
    ["renamed", (task: LogTask) => renameSync(task.log, `${task.log}.old`)],
    ["emptied", (task: LogTask) => writeFileSync(task.log, "")],
  ])("%s: the writer continues in a new one", async (_how, take) => {
    using task = createLogTask();
    const writer = new Writer(task);
    await writer.say("before\r\n");
    await eventually(() => task.lines().length === 1);
    take(task);
    await writer.say("after\r\n");
    await eventuallyIs(
      () => task.texts(),
      (texts) => texts.join() === "after",
    );
    await writer.end();
  });
});

describe("a log that can't be written", () => {
  test("the writer says why, drains, and writes what it has kept once it can, though the task is silent", async () => {
    using task = createLogTask();
    mkdirSync(task.log, { recursive: true });
    const writer = new Writer(task);
    await writer.say("one\r\n");
    await eventually(() => task.left("writer-error"));
    expect(task.left("writer-error")).toBe(
      `The log ${task.log} can't be written: it is a directory\n`,
    );
    await writer.say("two\r\n");
    rmSync(task.log, { recursive: true });
    await eventually(() => task.texts().join() === "one,two");
    await eventually(() => task.left("writer-error") === null);
    await writer.say("three\r\n");
    await writer.end();
    expect(task.texts()).toEqual(["one", "two", "three"]);
  });

  test("the end of a launch is reported once it is in the log", async () => {
    using task = createLogTask();
    mkdirSync(task.log, { recursive: true });
    const writer = new Writer(task);
    await writer.say(`${start}${exited}`);
    await eventually(() => task.left("writer-error"));
    expect(task.left("logged")).toBeNull();
    rmSync(task.log, { recursive: true });
    await eventually(() => task.left("logged") === "r1\n");
    await writer.end();
  });

  test("what is too much to keep is counted", async () => {
    using task = createLogTask();
    mkdirSync(task.log, { recursive: true });
    const writer = new Writer(task);
    const lines = Array.from({ length: 40_000 }, (_, index) => `${index} ${"x".repeat(50)}`);
    await writer.say(`${lines.join("\r\n")}\r\n`);
    await eventually(() => task.left("writer-error"));
    rmSync(task.log, { recursive: true });
    await writer.end();
    const [first, ...kept] = task.texts();
    const lost = Number(/^\[taskmux\] (\d+) lines lost: it is a directory$/.exec(first!)?.[1]);
    expect(lost + kept.length).toBe(lines.length);
    expect(kept).toEqual(lines.slice(lost));
  });

  test("an error that another writer left goes with the first line", async () => {
    using task = createLogTask();
    writeFileSync(join(task.directory, "writer-error"), "The log writer can't be started\n");
    await write(task, "x\r\n");
    expect(task.left("writer-error")).toBeNull();
  });

  test("a symbolic link in our own directory isn't followed", async () => {
    using task = createLogTask();
    const victim = join(task.home, "victim");
    writeFileSync(victim, "");
    mkdirSync(dirname(task.log), { recursive: true });
    symlinkSync(victim, task.log);
    await write(task, "x\r\n");
    expect(await Bun.file(victim).text()).toBe("");
    expect(readlinkSync(task.log)).toBe(victim);
    expect(task.left("writer-error")).toContain("it is a symbolic link");
  });

  test("but in a `log_file` of the user's it is", async () => {
    using task = createLogTask();
    const [target, link] = [join(task.home, "..", "target"), join(task.home, "..", "link")];
    writeFileSync(target, "");
    symlinkSync(target, link);
    task.settings({ log_file: link });
    await write(task, "x\r\n");
    expect(await Bun.file(target).text()).toContain(" x\n");
  });

  test.skipIf(process.getuid?.() === 0)("a directory without permission is such", async () => {
    using task = createLogTask();
    mkdirSync(dirname(task.log), { recursive: true });
    chmodSync(dirname(task.log), 0o500);
    await write(task, "x\r\n");
    expect(task.left("writer-error")).toContain("permission denied");
  });
});

test("a flood of 400,000 lines is in the log, whole and in order", async () => {
  using task = createLogTask({ log_max_size: 1_000_000_000 });
  const block = Array.from({ length: 1000 }, (_, index) => `line ${index} of a thousand`);
  const writer = new Writer(task);
  for (let count = 0; count < 400; count++) await writer.say(`${block.join("\r\n")}\r\n`);
  expect(await writer.end()).toBe(0);
  const texts = task.texts();
  expect(texts.length).toBe(400_000);
  expect(texts.every((text, index) => text === `line ${index % 1000} of a thousand`)).toBe(true);
});

test("a writer that is killed loses nothing that is still in the pipe", async () => {
  using task = createLogTask();
  const first = new Writer(task);
  await first.say("one\r\n");
  await eventually(() => task.lines().length === 1);
  await stopIdleHub(first.pid, task.session, () => true);
  await first.kill();
  await write(task, "two\r\n");
  expect(task.texts()).toEqual(["one", "two"]);
});

describe("a log_file that is no regular file is left alone, and the task's output is drained", () => {
  test.each(["a FIFO", "a FIFO that is read", "a socket", "a directory", "a device"])(
    "%s",
    async (kind) => {
      using root = directoryWith({});
      const path = kind === "a device" ? "/dev/null" : join(root.path, "log");
      using _ = makeIrregular(kind, path);
      using task = createLogTask({ log_file: path });
      await write(task, `${start}${"x".repeat(1_000_000)}\r\n${exited}`);
      const what = kind.replace(" that is read", "");
      expect(task.left("writer-error")).toBe(`The log ${path} can't be written: it is ${what}\n`);
    },
  );

  function makeIrregular(kind: string, path: string): Disposable {
    const end = (close: () => void) => ({ [Symbol.dispose]: close });
    if (kind === "a directory") mkdirSync(path);
    if (kind === "a socket") {
      const server = createServer().listen(path);
      return end(() => server.close());
    }
    if (!kind.startsWith("a FIFO")) return end(() => {});
    makeFifo(path);
    if (kind === "a FIFO") return end(() => {});
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return end(() => closeSync(descriptor));
  }
});

test("two writers of one log rotate it without losing a line", async () => {
  using root = directoryWith({});
  const shared = {
    log_file: join(root.path, "shared.log"),
    log_max_size: 3000,
    log_max_files: 9999,
  };
  using one = createLogTask(shared);
  using other = createLogTask(shared);
  const numbers = Array.from({ length: 4000 }, (_, index) => index);
  const linesOf = (name: string) => numbers.map((number) => `${name} ${number}`);
  const writers = [one, other].map((task) => new Writer(task));
  for (let from = 0; from < numbers.length; from += 40) {
    for (const [index, writer] of writers.entries())
      await writer.say(
        `${linesOf(String(index))
          .slice(from, from + 40)
          .join("\r\n")}\r\n`,
      );
  }
  for (const writer of writers) await writer.end();
  const file = new LogFile("web", shared.log_file);
  const found = Array.from(file.lines("oldest first", 0, file.size, null), ({ text }) => text);
  file.close();
  for (const name of ["0", "1"])
    expect(found.filter((text) => text.startsWith(`${name} `))).toEqual(linesOf(name));
});

test("a disk that is full in the middle of a line tears none, and loses none that is kept", async () => {
  using task = createLogTask();
  // A limit on the size of files fails in the middle of a write, as a full disk does.
  const limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 8; exec "$@"', "sh", ...hubFromSource];
  const writer = new Writer(task, limited);
  const lines = Array.from({ length: 300 }, (_, index) => `${index} ${"x".repeat(20)}`);
  await writer.say(`${lines.join("\r\n")}\r\n`);
  await eventually(() => task.left("writer-error"));
  // It tries again and again, and takes back what was a part of a line.
  const written = await eventually(() => {
    const texts = task.texts();
    expect(statSync(task.log).size).toBe(task.lines().join("\n").length + 1);
    return texts.length > 0 && texts;
  });
  expect(written).toEqual(lines.slice(0, written.length));
  renameSync(task.log, `${task.log}.old`);
  await eventually(() => task.lines().length > 0);
  expect(task.texts()[0]).toBe(lines[written.length]);
  await writer.kill();
});

test("where there is no room for the reason, an empty file says that the log can't be written", async () => {
  using task = createLogTask();
  const limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh", ...hubFromSource];
  const writer = new Writer(task, limited);
  await writer.say("line\r\n");
  await eventually(() => task.left("writer-error") === "");
  await writer.kill();
});
