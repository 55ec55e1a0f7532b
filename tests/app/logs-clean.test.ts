import { expect, test } from "bun:test";
import { Value } from "@sinclair/typebox/value";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { deleteLog, logsIn } from "../../src/adapters/log-clean.ts";
import { logsClean, type LogsCleanDeps } from "../../src/app/logs-clean.ts";
import { Failure } from "../../src/domain/failure.ts";
import { logsCleanSchema } from "../../src/domain/results-logs.ts";
import { createLogDirectory, type LogDirectory } from "../helpers/log-directory.ts";

/** `web` and `api` are configured, `api` with a `log_file`; `old` was removed from the config. */
function cleanable(): {
  logs: LogDirectory;
  other: LogDirectory;
  deps: LogsCleanDeps;
} & Disposable {
  const [logs, other] = [createLogDirectory(), createLogDirectory()];
  logs.write("web", ["x"]);
  logs.write("web", ["x"], ".1");
  logs.write("old", ["x"]);
  other.write("api", ["x"]);
  other.write("api", ["x"], ".1");
  other.write("neighbour", ["x"]);
  const deps = {
    session: "demo",
    sources: () => [
      { task: "web", path: logs.log("web") },
      { task: "api", path: other.log("api") },
    ],
    sessionLogs: () => logsIn(logs.path),
    deleteLog,
  };
  const dispose = (): void => {
    logs[Symbol.dispose]();
    other[Symbol.dispose]();
  };
  return { logs, other, deps, [Symbol.dispose]: dispose };
}

test("of all tasks: those of log_file and of removed tasks too, and nothing else", () => {
  using world = cleanable();
  const { logs, other, deps } = world;
  const result = logsClean(null, deps);
  expect(Value.Check(logsCleanSchema, result)).toBe(true);
  expect(result).toEqual({
    ok: true,
    session: "demo",
    deleted: [
      logs.log("web"),
      logs.log("web", ".1"),
      other.log("api"),
      other.log("api", ".1"),
      logs.log("old"),
    ],
    task: null,
  });
  expect(existsSync(other.log("neighbour"))).toBe(true);
  expect(logsClean(null, deps)).toEqual({ ok: true, session: "demo", deleted: [], task: null });
});

test("of one task", () => {
  using world = cleanable();
  expect(logsClean("api", world.deps)).toMatchObject({
    deleted: [world.other.log("api"), world.other.log("api", ".1")],
    task: "api",
  });
  expect(logsClean("old", world.deps)).toMatchObject({ deleted: [world.logs.log("old")] });
  expect(existsSync(world.logs.log("web"))).toBe(true);
});

test.each(["*", "..", "../other/neighbour", "w", ".", "", "web.log"])(
  "%j is no task, and deletes nothing",
  (name) => {
    using world = cleanable();
    const result = logsClean(name, world.deps);
    expect(result instanceof Failure && result.code).toBe("E200");
    expect(
      existsSync(world.logs.log("web")) && existsSync(join(world.other.path, "neighbour.log")),
    ).toBe(true);
  },
);

test("what can't be deleted is an error that names it", () => {
  using world = cleanable();
  const deps = {
    ...world.deps,
    deleteLog: () => {
      throw new Error("EACCES: permission denied");
    },
  };
  const result = logsClean("web", deps);
  expect(result instanceof Failure && result.message).toBe(
    `The log ${world.logs.log("web")} can't be deleted: EACCES: permission denied`,
  );
});
