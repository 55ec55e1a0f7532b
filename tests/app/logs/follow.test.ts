import { describe, expect, test } from "bun:test";
import { appendFileSync, renameSync, rmSync } from "node:fs";
import { followLogs } from "../../../src/app/logs/follow.ts";
import type { LogsRequest } from "../../../src/app/logs/logs.ts";
import type { Failure } from "../../../src/domain/failure.ts";
import type { LogRow } from "../../../src/domain/logs/context.ts";
import { stampOf } from "../../../src/domain/logs/line.ts";
import { eventually } from "../../helpers/eventually.ts";
import {
  createLogDirectory,
  lineAt,
  type LogDirectory,
  WHOLE_REQUEST,
} from "../../helpers/log-directory.ts";

/** `logs -f` that runs until the test is over. */
class Follow {
  readonly rows: LogRow[] = [];
  readonly #stop = new AbortController();
  readonly ended: Promise<Failure | null>;
  /** Nobody reads any more. */
  isGone = false;

  constructor(
    directory: LogDirectory,
    tasks: string[],
    request: Partial<LogsRequest> = {},
    changes = {},
  ) {
    const emit = (rows: readonly LogRow[]): boolean => {
      this.rows.push(...rows);
      return !this.isGone;
    };
    const deps = { ...directory.deps(...tasks), ...changes };
    this.ended = followLogs(
      { ...WHOLE_REQUEST, lines: 100, ...request },
      deps,
      emit,
      this.#stop.signal,
    );
  }

  texts(): string[] {
    return this.rows.map(({ text, gap }) => `${gap ? "-- " : ""}${text}`);
  }

  shows(...texts: string[]): Promise<unknown> {
    return eventually(() => {
      expect(this.texts()).toEqual(texts);
      return true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }
}

const say = (logs: LogDirectory, task: string, text: string): void =>
  appendFileSync(logs.log(task), `${stampOf(Date.now())} ${text}\n`);

describe("logs -f", () => {
  test("shows the last lines, then each that comes, of all tasks", async () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "w1"), lineAt(3, "w3")]);
    logs.write("api", [lineAt(2, "a2")]);
    await using follow = new Follow(logs, ["web", "api"], { lines: 2 });
    await follow.shows("a2", "w3");
    say(logs, "api", "new");
    await follow.shows("a2", "w3", "new");
    expect(follow.rows.at(-1)!.task).toBe("api");
  });

  test("shows a line of one task though another writes as fast as it is read", async () => {
    using logs = createLogDirectory();
    logs.write("flood", []);
    logs.write("web", []);
    const line = `${lineAt(1, "flood")}\n`;
    const ending = new AbortController();
    const seen = new Set<string>();
    const emit = (rows: readonly LogRow[]): boolean => {
      for (const { text } of rows) seen.add(text);
      if (rows.length > 0) appendFileSync(logs.log("flood"), line.repeat(2 * rows.length));
      if (seen.has("flood") && !seen.has("asked")) {
        seen.add("asked");
        say(logs, "web", "ready");
      }
      if (seen.has("ready")) ending.abort();
      return true;
    };
    const deps = logs.deps("flood", "web");
    const following = followLogs({ ...WHOLE_REQUEST, lines: 100 }, deps, emit, ending.signal);
    appendFileSync(logs.log("flood"), line.repeat(1000));
    expect(await following).toBeNull();
    expect(seen).toContain("ready");
  });

  test("of one task only", async () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "w1")]);
    logs.write("api", [lineAt(2, "a2")]);
    await using follow = new Follow(logs, ["web", "api"], { tasks: ["web"] });
    await follow.shows("w1");
    say(logs, "api", "other");
    say(logs, "web", "more");
    await follow.shows("w1", "more");
  });

  test("continues through rotation, logs-clean and a log that comes later", async () => {
    using logs = createLogDirectory();
    say(logs, "web", "a");
    await using follow = new Follow(logs, ["web", "late"]);
    await follow.shows("a");
    renameSync(logs.log("web"), logs.log("web", ".1"));
    say(logs, "web", "b");
    await follow.shows("a", "b");
    rmSync(logs.log("web"));
    rmSync(logs.log("web", ".1"));
    say(logs, "web", "c");
    await follow.shows("a", "b", "c");
    say(logs, "late", "d");
    await follow.shows("a", "b", "c", "d");
  });

  test("takes up tasks that are added, where all are followed", async () => {
    using logs = createLogDirectory();
    const tasks = ["web"];
    const sources = () => logs.deps(...tasks).sources();
    await using follow = new Follow(logs, [], {}, { sources });
    say(logs, "added", "x");
    tasks.push("added");
    await follow.shows("x");
  });

  test("with -g shows only matches, before and after", async () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "error 1"), lineAt(2, "fine")]);
    await using follow = new Follow(logs, ["web"], { grep: "ERROR" });
    await follow.shows("error 1");
    say(logs, "web", "fine again");
    say(logs, "web", "\x1b[31merr\x1b[0mor 2");
    await follow.shows("error 1", "error 2");
  });

  test("with -C the context reaches over the moment of the call", async () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "error 1"), lineAt(2, "a"), lineAt(3, "b")]);
    await using follow = new Follow(logs, ["web"], { grep: "error", context: 1 });
    await follow.shows("error 1", "a");
    for (const text of ["c", "error 2", "d", "e"]) say(logs, "web", text);
    await follow.shows("error 1", "a", "-- c", "error 2", "d");
  });

  test("with --since shows nothing older", async () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "old")]);
    await using follow = new Follow(logs, ["web"], { since: Date.now() - 60_000 });
    say(logs, "web", "new");
    await follow.shows("new");
  });

  test("ends once --until has passed", async () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "old")]);
    const follow = new Follow(logs, ["web"], { until: Date.now() - 1000 });
    expect(await follow.ended).toBeNull();
    expect(follow.texts()).toEqual(["old"]);
  });

  test("ends when its reader goes away, though no task says anything", async () => {
    using logs = createLogDirectory();
    const follow = new Follow(logs, ["web"]);
    follow.isGone = true;
    expect(await follow.ended).toBeNull();
  });

  test("a flood is shown whole and in order", async () => {
    using logs = createLogDirectory();
    await using follow = new Follow(logs, ["web"]);
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index}`);
    for (let at = 0; at < lines.length; at += 1000) {
      appendFileSync(
        logs.log("web"),
        lines
          .slice(at, at + 1000)
          .map((text) => `${lineAt(1, text)}\n`)
          .join(""),
      );
      await Bun.sleep(1);
    }
    await eventually(() => follow.rows.length === lines.length);
    expect(follow.texts()).toEqual(lines);
  });

  test("an unknown task is E200, a bad expression E500", async () => {
    using logs = createLogDirectory();
    expect((await new Follow(logs, ["web"], { tasks: ["ghost"] }).ended)?.code).toBe("E200");
    expect((await new Follow(logs, ["web"], { grep: "(", regex: true }).ended)?.code).toBe("E500");
  });
});
