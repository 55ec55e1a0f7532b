import { describe, expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import {
  chained,
  chainedCalls,
  checkVersion,
  dressPane,
  dressSession,
  encodePath,
  exactly,
  newSessionCall,
  newWindowsCall,
  parseEnvironmentNames,
  parseOpened,
  parsePanes,
  type WindowPlan,
} from "../../../src/adapters/tmux/arguments.ts";
import { isFailure } from "../../../src/domain/failure.ts";

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
  test("a new session is one call, with its mark and a window that says which pane it has", () => {
    const commands = commandsOf(newSessionCall("demo", "/p/taskmux.toml", plan("web"), false));
    expect(commands[0]?.join(" ")).toBe(
      "new-session -d -P -F taskmux|web|#{session_id}|#{pane_id}|#{pid}|#{pane_pid} -s demo -n web -x 200 -y 50 " +
        "/bin/sh /run/launcher.sh /run/tasks/web",
    );
    expect(commands.slice(1)).toEqual([
      ["set-option", "-t", "=demo:", "@taskmux_config", encodePath("/p/taskmux.toml")],
      ["set-option", "-t", "=demo:", "destroy-unattached", "off"],
    ]);
  });

  test("the call that lets hooks run first sets the option of the session after them", () => {
    const words = newSessionCall("demo", "/p", plan("web"), true);
    expect(names(words).slice(-2)).toEqual(["run-shell", "set-option"]);
  });

  test("each pane gets mark, options and pipe by its id alone", () => {
    const commands = dressPane("%7", plan("web"));
    expect(commands).toContainEqual(["set-option", "-p", "-t", "%7", "@taskmux_task", "web"]);
    expect(commands).toContainEqual(["pipe-pane", "-t", "%7", plan("web").pipe]);
    expect(commands.every((words) => words.includes("%7"))).toBe(true);
  });

  test("however many windows: each is opened once, and no call is longer than tmux takes", () => {
    const anyPlans = fc
      .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_.-]{0,63}$/), { minLength: 1, maxLength: 120 })
      .map((tasks) => tasks.map(plan));
    fc.assert(
      fc.property(anyPlans, (plans) => {
        const dressing = plans.slice(0, 12).flatMap((each) => dressPane("%12345", each));
        for (let left = plans; left.length > 0;) {
          const call = newWindowsCall(left === plans ? [] : dressing, "$3", left, 50);
          expect(call.plans).toEqual(left.slice(0, call.plans.length));
          expect(call.plans.length).toBeGreaterThan(0);
          left = left.slice(call.plans.length);
          expect(call.words.length).toBeLessThanOrEqual(1000);
          const bytes = call.words.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0);
          expect(bytes).toBeLessThanOrEqual(16_364);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("a call opens at most so many windows, after its commands", () => {
    const plans = ["a", "b", "c"].map(plan);
    const call = newWindowsCall(dressPane("%7", plan("x")), "$3", plans, 2);
    expect(call.plans).toEqual(plans.slice(0, 2));
    expect(names(call.words).slice(-3)).toEqual(["pipe-pane", "new-window", "new-window"]);
    expect(newWindowsCall([], "$3", plans, 0)).toEqual({ words: [], plans: [] });
  });

  test("no word ends in a semicolon, which would part the line", () => {
    const calls = [
      newSessionCall("demo", "/p;", plan("a"), true),
      newWindowsCall(dressPane("%7", plan("a")), "$3", [plan("b"), plan("c")], 9).words,
      chained(dressPane("%7", plan("a"))),
      chained(dressSession("%7", "demo", "/p;")),
    ];
    const words = calls.flat().filter((word) => word !== ";");
    expect(words.filter((word) => word.endsWith(";"))).toEqual([]);
  });

  test("the pane of each task is read from what the call prints, whatever hooks print besides", () => {
    const output =
      "hook\ntaskmux|web|$3|%7|99|100\n'true' returned 1\ntaskmux|api.v2|$3|%12|99|104\n";
    expect([...parseOpened(output)]).toEqual([
      ["web", { session: "$3", pane: "%7", server: 99, process: 100 }],
      ["api.v2", { session: "$3", pane: "%12", server: 99, process: 104 }],
    ]);
  });

  test("a window that was not opened has no pane", () => {
    expect(parseOpened("create window failed: fork failed\n").size).toBe(0);
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
    const output = `${row("2f70|@1|%1|99|0|web|1")}\n${row("2f70|@2|%5|100|1||0")}\n`;
    expect(parsePanes(output)).toEqual({
      server: { socket: "/tmp/tmux-0/default", pid: 12, startTime: "1700000000" },
      id: "$1",
      configPath: "/p",
      panes: [
        { windowId: "@1", paneId: "%1", pid: 99, dead: false, task: "web", piped: true },
        { windowId: "@2", paneId: "%5", pid: 100, dead: true, task: null, piped: false },
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
