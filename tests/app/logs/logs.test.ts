import { describe, expect, test } from "bun:test";
import { Value } from "@sinclair/typebox/value";
import { fc } from "../../helpers/property.ts";
import {
  logLine,
  logs,
  logsOfOne,
  logsOfSeveral,
  type LogsRequest,
} from "../../../src/app/logs/logs.ts";
import type { LogRow } from "../../../src/domain/logs/context.ts";
import { Failure } from "../../../src/domain/failure.ts";
import {
  logLineSchema,
  logsOfOneSchema,
  logsOfSeveralSchema,
} from "../../../src/domain/results/logs.ts";
import {
  createLogDirectory,
  lineAt,
  type LogDirectory,
  stampAt,
  WHOLE_REQUEST,
} from "../../helpers/log-directory.ts";

const start = Date.UTC(2024, 0, 1);

function rowsOf(directory: LogDirectory, tasks: string[], request: Partial<LogsRequest>): LogRow[] {
  const answer = logs({ ...WHOLE_REQUEST, ...request }, directory.deps(...tasks));
  if (answer instanceof Failure) throw new Error(answer.message);
  return [...answer.rows];
}

const shown = (rows: readonly LogRow[]): string =>
  rows.map(({ task, text, gap }) => `${gap ? "-- " : ""}${task}:${text}`).join(" ");

/** Two logs that take turns: w0 a1 w2 a3 .. */
function twoLogs(count = 20): LogDirectory {
  const directory = createLogDirectory();
  const numbers = Array.from({ length: count }, (_, index) => index);
  const linesOf = (rest: number, letter: string): string[] =>
    numbers
      .filter((number) => number % 2 === rest)
      .map((number) => lineAt(number * 1000, `${letter}${number}`));
  directory.write("web", linesOf(0, "w"));
  directory.write("api", linesOf(1, "a"));
  return directory;
}

describe("several logs are one stream", () => {
  test("in time order", () => {
    using directory = twoLogs(6);
    expect(shown(rowsOf(directory, ["web", "api"], {}))).toBe(
      "web:w0 api:a1 web:w2 api:a3 web:w4 api:a5",
    );
  });

  test("of which -n counts the lines", () => {
    using directory = twoLogs();
    expect(shown(rowsOf(directory, ["web", "api"], { lines: 3 }))).toBe("api:a17 web:w18 api:a19");
    expect(rowsOf(directory, ["web", "api"], { lines: 0 })).toEqual([]);
    expect(rowsOf(directory, ["web", "api"], { lines: 1000 })).toHaveLength(20);
  });

  test("of the tasks that are named", () => {
    using directory = twoLogs();
    expect(shown(rowsOf(directory, ["web", "api"], { tasks: ["api"], lines: 2 }))).toBe(
      "api:a17 api:a19",
    );
  });

  test("of which one that is several tasks' is read once, as the first one's", () => {
    using directory = twoLogs(4);
    const sources = ["web", "api", "db"].map((task) => ({
      task,
      path: directory.log(task === "db" ? "web" : task),
    }));
    const deps = { ...directory.deps(), sources: () => sources };
    const answer = logs(WHOLE_REQUEST, deps);
    expect(answer instanceof Failure ? "" : shown([...answer.rows])).toBe(
      "web:w0 api:a1 web:w2 api:a3",
    );
    const own = logs({ ...WHOLE_REQUEST, tasks: ["db"] }, deps);
    expect(own instanceof Failure ? "" : shown([...own.rows])).toBe("db:w0 db:w2");
  });

  test("with rotated files in it", () => {
    using directory = createLogDirectory();
    directory.write("web", [lineAt(1, "a")], ".2");
    directory.write("web", [lineAt(3, "c")], ".1");
    directory.write("web", [lineAt(5, "e")]);
    directory.write("api", [lineAt(2, "b"), lineAt(4, "d")]);
    expect(shown(rowsOf(directory, ["web", "api"], {}))).toBe("web:a api:b web:c api:d web:e");
    expect(shown(rowsOf(directory, ["web", "api"], { lines: 4 }))).toBe("api:b web:c api:d web:e");
  });

  test("a task without a log has no lines", () => {
    using directory = twoLogs(2);
    expect(shown(rowsOf(directory, ["none", "web"], {}))).toBe("web:w0");
  });
});

describe("--since and --until", () => {
  test("include their moment", () => {
    using directory = twoLogs();
    const request = { since: start + 4000, until: start + 7000 };
    expect(shown(rowsOf(directory, ["web", "api"], request))).toBe("web:w4 api:a5 web:w6 api:a7");
    expect(shown(rowsOf(directory, ["web", "api"], { ...request, lines: 1 }))).toBe("api:a7");
  });

  test("may leave nothing", () => {
    using directory = twoLogs();
    expect(rowsOf(directory, ["web", "api"], { since: start + 99_000 })).toEqual([]);
    expect(rowsOf(directory, ["web", "api"], { until: start - 1 })).toEqual([]);
    expect(rowsOf(directory, ["web", "api"], { since: start + 9000, until: start + 2000 })).toEqual(
      [],
    );
  });
});

describe("-g", () => {
  test("-n counts the newest matches", () => {
    using directory = twoLogs();
    expect(shown(rowsOf(directory, ["web", "api"], { grep: "A1", lines: 2 }))).toBe(
      "api:a17 api:a19",
    );
  });

  test("within the times asked for", () => {
    using directory = twoLogs();
    expect(shown(rowsOf(directory, ["web", "api"], { grep: "1", until: start + 12_000 }))).toBe(
      "api:a1 web:w10 api:a11 web:w12",
    );
  });

  test("-E is a regular expression", () => {
    using directory = twoLogs();
    expect(
      shown(rowsOf(directory, ["web", "api"], { grep: "^[wx]1\\d$", regex: true, lines: 2 })),
    ).toBe("web:w16 web:w18");
  });

  test("an expression that isn't one is E500", () => {
    using directory = twoLogs();
    const answer = logs({ ...WHOLE_REQUEST, grep: "(", regex: true }, directory.deps("web"));
    expect(answer).toEqual(new Failure("E500", "'(' is not a regular expression: missing )"));
  });

  test("-C shows the stream around a match, with gaps between groups", () => {
    using directory = twoLogs();
    expect(shown(rowsOf(directory, ["web", "api"], { grep: "a1", context: 1, lines: 2 }))).toBe(
      "web:w16 api:a17 web:w18 api:a19",
    );
    expect(shown(rowsOf(directory, ["web", "api"], { grep: "5", context: 1, lines: 100 }))).toBe(
      "web:w4 api:a5 web:w6 -- web:w14 api:a15 web:w16",
    );
  });

  test("colours are taken out, and don't hide a match", () => {
    using directory = createLogDirectory();
    directory.write("web", [lineAt(1, "\x1b[31mer\x1b[0mror"), lineAt(2, "\x1b[32mfine\x1b[0m")]);
    expect(shown(rowsOf(directory, ["web"], { grep: "error" }))).toBe("web:error");
    expect(shown(rowsOf(directory, ["web"], { grep: "error", context: 1, lines: 5 }))).toBe(
      "web:error web:fine",
    );
    expect(shown(rowsOf(directory, ["web"], {}))).toBe(
      "web:\x1b[31mer\x1b[0mror web:\x1b[32mfine\x1b[0m",
    );
  });

  test("-C is what grep -C makes of the stream, whatever the logs", () => {
    const log = fc.array(fc.tuple(fc.nat(3), fc.constantFrom("hit", "other", "other")), {
      maxLength: 25,
    });
    fc.assert(
      fc.property(
        fc.array(log, { minLength: 1, maxLength: 3 }),
        fc.nat(3),
        fc.integer({ min: 1, max: 20 }),
        (lists, context, lines) => {
          using directory = createLogDirectory();
          const tasks = lists.map((_, index) => `t${index}`);
          for (const [index, list] of lists.entries()) {
            let now = 0;
            directory.write(
              tasks[index]!,
              list.map(([step, text]) => lineAt((now += step), text)),
            );
          }
          const whole = rowsOf(directory, tasks, {});
          const hits = [...whole.entries()]
            .filter(([, { text }]) => text === "hit")
            .slice(-lines)
            .map(([index]) => index);
          const isShown = (at: number): boolean =>
            hits.some((hit) => Math.abs(hit - at) <= context);
          let last = -1;
          const expected = whole.flatMap((row, index) => {
            if (!isShown(index)) return [];
            const gap = context > 0 && last >= 0 && last !== index - 1;
            last = index;
            return [{ ...row, gap }];
          });
          expect(rowsOf(directory, tasks, { grep: "hit", context, lines })).toEqual(expected);
          if (hits.length < lines)
            expect(shown(rowsOf(directory, tasks, { grep: "hit", context }))).toBe(shown(expected));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("names and warnings", () => {
  test("a task that isn't configured is E200, with the nearest name", () => {
    using directory = twoLogs();
    const answer = logs({ ...WHOLE_REQUEST, tasks: ["wep"] }, directory.deps("web", "api"));
    expect(answer).toEqual(
      new Failure("E200", "Task 'wep' not found in config", "Did you mean 'web'?"),
    );
  });

  test("what keeps a log from being written is a warning", () => {
    using directory = twoLogs();
    const deps = {
      ...directory.deps("web", "api"),
      logError: (task: string) => (task === "api" ? "The disk is full" : null),
    };
    const answer = logs(WHOLE_REQUEST, deps);
    expect(answer instanceof Failure ? null : answer.warnings).toEqual(["The disk is full"]);
  });
});

describe("JSON", () => {
  test("of one task", () => {
    using directory = createLogDirectory();
    directory.write("web", [lineAt(5, "\x1b[31mred\x1b[0m"), lineAt(6, "")]);
    const result = logsOfOne("web", rowsOf(directory, ["web"], {}), false);
    expect(result).toEqual({
      task: "web",
      lines: [`${stampAt(5)} red`, `${stampAt(6)} `],
      times: [`${stampAt(5)}Z`, `${stampAt(6)}Z`],
    });
    expect(Value.Check(logsOfOneSchema, result)).toBe(true);
    expect(logsOfOne("web", rowsOf(directory, ["web"], {}), true).lines).toEqual(["red", ""]);
  });

  test("of several", () => {
    using directory = twoLogs(2);
    const result = logsOfSeveral("demo", rowsOf(directory, ["web", "api"], {}));
    expect(result).toEqual({
      session: "demo",
      lines: [
        { task: "web", ts: "2024-01-01T00:00:00.000Z", text: "w0" },
        { task: "api", ts: "2024-01-01T00:00:01.000Z", text: "a1" },
      ],
    });
    expect(Value.Check(logsOfSeveralSchema, result)).toBe(true);
    expect(
      Value.Check(
        logLineSchema,
        logLine({ task: "web", stamp: stampAt(1), text: "x", gap: false }),
      ),
    ).toBe(true);
  });
});
