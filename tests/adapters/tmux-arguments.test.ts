import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  chainedCalls,
  checkVersion,
  encodePath,
  exactly,
  openWindowsCalls,
  parseEnvironmentNames,
  parsePanes,
  type WindowPlan,
} from "../../src/adapters/tmux-arguments.ts";
import { isFailure } from "../../src/domain/failure.ts";

const plan = (task: string): WindowPlan => ({
  task,
  launcher: ["/bin/sh", "/run/launcher.sh", `/run/tasks/${task}`],
  pipe: `exec /bin/sh /run/log-pipe.sh /run/tasks/${task}`,
});

/** The commands of one call, parted at its `;` words. */
function commandsOf(words: string[]): string[][] {
  const commands: string[][] = [[]];
  for (const word of words) {
    if (word === ";") commands.push([]);
    else commands.at(-1)?.push(word);
  }
  return commands;
}

const names = (words: string[]) => commandsOf(words).map(([name]) => name);

describe("opening windows", () => {
  test("a new session is one call, with everything that its first window needs", () => {
    const calls = openWindowsCalls("demo", { configPath: "/p/taskmux.toml" }, [plan("web")]);
    expect(calls.length).toBe(1);
    const commands = commandsOf(calls[0]!.words);
    expect(commands[0]?.join(" ")).toBe(
      "new-session -d -s demo -n web -x 200 -y 50 /bin/sh /run/launcher.sh /run/tasks/web",
    );
    const marks = commands.filter(([name]) => name === "set-option");
    const ours = encodePath("/p/taskmux.toml");
    expect(marks).toContainEqual(["set-option", "-t", "=demo:", "@taskmux_config", ours]);
    expect(marks).toContainEqual(["set-option", "-t", "=demo:", "destroy-unattached", "off"]);
    expect(marks).toContainEqual(["set-option", "-p", "-t", "=demo:", "@taskmux_task", "web"]);
    expect(commands).toContainEqual(["pipe-pane", "-t", "=demo:", plan("web").pipe]);
    expect(names(calls[0]!.words).at(-1)).toBe("list-panes");
  });

  test("a known session is addressed by its id alone", () => {
    const [call] = openWindowsCalls("demo", { id: "$3" }, [plan("web")]);
    const targets = call!.words.flatMap((word, index) =>
      word === "-t" ? [call!.words[index + 1]] : [],
    );
    expect(targets.every((target) => target?.startsWith("$3"))).toBe(true);
    expect(names(call!.words)).not.toContain("new-session");
  });

  test("the first of several windows makes the session, the others are added to it", () => {
    const calls = openWindowsCalls("demo", { configPath: "/p" }, ["a", "b", "c"].map(plan));
    const all = calls.flatMap(({ words }) => names(words));
    expect(all.filter((name) => name === "new-session").length).toBe(1);
    expect(all.filter((name) => name === "new-window").length).toBe(2);
  });

  test("however many windows: each is opened once, and no call is longer than tmux takes", () => {
    const anyPlans = fc
      .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_.-]{0,63}$/), { minLength: 1, maxLength: 120 })
      .map((tasks) => tasks.map(plan));
    fc.assert(
      fc.property(anyPlans, (plans) => {
        const calls = openWindowsCalls("demo", { configPath: "/p" }, plans);
        expect(calls.flatMap(({ opened }) => opened)).toEqual(plans);
        for (const { words } of calls) {
          expect(words.length).toBeLessThanOrEqual(1000);
          const bytes = words.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0);
          expect(bytes).toBeLessThanOrEqual(16_364);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("no word ends in a semicolon, which would part the line", () => {
    const calls = openWindowsCalls("demo", { configPath: "/p;" }, [plan("a"), plan("b")]);
    const words = calls.flatMap((call) => call.words).filter((word) => word !== ";");
    expect(words.filter((word) => word.endsWith(";"))).toEqual([]);
  });
});

test("a session's name is matched exactly", () => {
  expect(exactly("demo")).toBe("=demo");
});

test("commands are packed into as few calls as fit", () => {
  expect(chainedCalls([])).toEqual([]);
  expect(chainedCalls([["a", "1"], ["b"]])).toEqual([["a", "1", ";", "b"]]);
  const many = Array.from({ length: 2000 }, (_, index) => ["kill-pane", "-t", `%${index}`]);
  const calls = chainedCalls(many);
  expect(calls.flatMap(commandsOf)).toEqual(many);
  expect(calls.every((words) => words.length <= 1000)).toBe(true);
});

test.each(["/home/me/p/taskmux.toml", "/a #{x}/$x/\u00e9\u{1f600}", "/a|b\n"])(
  "the path %j stands in a mark as letters and digits, and comes back",
  (path) => {
    const mark = encodePath(path);
    expect(mark).toMatch(/^[0-9a-f]+$/);
    const row = `12|1700000000|/tmp/s|$1|${mark}|@1|%1|99|0|web\n`;
    expect(parsePanes(row)?.configPath).toBe(path);
  },
);

describe("what list-panes prints", () => {
  const row = (rest: string) => `12|1700000000|/tmp/tmux-0/default|$1|${rest}`;

  test("is a session with its panes", () => {
    const output = `${row("2f70|@1|%1|99|0|web")}\n${row("2f70|@2|%5|100|1|")}\n`;
    expect(parsePanes(output)).toEqual({
      server: { socket: "/tmp/tmux-0/default", pid: 12, startTime: "1700000000" },
      id: "$1",
      configPath: "/p",
      panes: [
        { windowId: "@1", paneId: "%1", pid: 99, dead: false, task: "web" },
        { windowId: "@2", paneId: "%5", pid: 100, dead: true, task: null },
      ],
    });
  });

  test("without our mark is a session of someone else's", () => {
    expect(parsePanes(`${row("|@1|%1|99|0|")}\n`)?.configPath).toBeNull();
  });

  test("after other output is read from its own first row on", () => {
    const output = `PATH=/bin\nEVIL=x\n12|1|not a row of the last block\nB=2\n${row("2f70|@1|%1|99|0|web")}\n`;
    expect(parsePanes(output)?.panes.length).toBe(1);
  });

  test.each(["", "\n", "garbage\n"])("is no session where it is %j", (output) => {
    expect(parsePanes(output)).toBeNull();
  });
});

test("the names that show-environment prints are each listed once", () => {
  const output = "A=1\nB=two\nlines=x\n-REMOVED\nA=3\n12|1|a=b\nno equals\n";
  expect(parseEnvironmentNames(output)).toEqual(["A", "B", "lines"]);
});

test.each([
  ["3.0", true],
  ["3.0a", true],
  ["3.3a", true],
  ["3.10", true],
  ["10.1", true],
  ["master", true],
  ["next-3.8", true],
  ["2.9a", false],
  ["1.8", false],
])("tmux %s will do: %p", (version, isFine) => {
  const failure = checkVersion(version);
  expect(isFailure(failure)).toBe(!isFine);
  if (!isFine)
    expect(failure).toMatchObject({ code: "E601", message: expect.stringContaining(version) });
});
