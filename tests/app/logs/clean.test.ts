import { expect, test } from "bun:test";
import { Value } from "@sinclair/typebox/value";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { deleteLog, logsIn } from "../../../src/adapters/logs/clean.ts";
import { logsClean, type LogsCleanDeps } from "../../../src/app/logs/clean.ts";
import { Failure } from "../../../src/domain/failure.ts";
import { logsCleanSchema } from "../../../src/domain/results/logs.ts";
import { createLogDirectory, type LogDirectory } from "../../helpers/log-directory.ts";

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
    refusal: () => null,
    deleteLog: async ({ path }: { path: string }) => deleteLog(path),
  };
  const dispose = (): void => {
    logs[Symbol.dispose]();
    other[Symbol.dispose]();
  };
  return { logs, other, deps, [Symbol.dispose]: dispose };
}

test("of all tasks: those of log_file and of removed tasks too, and nothing else", async () => {
  using world = cleanable();
  const { logs, other, deps } = world;
  const result = await logsClean(null, deps);
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
    warnings: [],
  });
  expect(existsSync(other.log("neighbour"))).toBe(true);
  expect(await logsClean(null, deps)).toMatchObject({ ok: true, deleted: [], task: null });
});

test("of one task", async () => {
  using world = cleanable();
  expect(await logsClean("api", world.deps)).toMatchObject({
    deleted: [world.other.log("api"), world.other.log("api", ".1")],
    task: "api",
  });
  expect(await logsClean("old", world.deps)).toMatchObject({ deleted: [world.logs.log("old")] });
  expect(existsSync(world.logs.log("web"))).toBe(true);
});

test("a file that is no log of the session stays, and the answer says why", async () => {
  using world = cleanable();
  const deps = {
    ...world.deps,
    refusal: ({ task }: { task: string }) => (task === "api" ? "api's is left alone" : null),
  };
  expect(await logsClean(null, deps)).toMatchObject({ warnings: ["api's is left alone"] });
  expect(existsSync(world.other.log("api"))).toBe(true);
  expect(existsSync(world.logs.log("web"))).toBe(false);
});

test.each(["*", "..", "../other/neighbour", "w", ".", "", "web.log"])(
  "%j is no task, and deletes nothing",
  async (name) => {
    using world = cleanable();
    const result = await logsClean(name, world.deps);
    expect(result instanceof Failure && result.code).toBe("E200");
    expect(
      existsSync(world.logs.log("web")) && existsSync(join(world.other.path, "neighbour.log")),
    ).toBe(true);
  },
);

test("what can't be deleted is an error that names it", async () => {
  using world = cleanable();
  const deps = {
    ...world.deps,
    deleteLog: () => Promise.reject(Object.assign(new Error(), { code: "EACCES" })),
  };
  const result = await logsClean("web", deps);
  expect(result instanceof Failure && result.message).toBe(
    `Can't delete the log ${world.logs.log("web")}: permission denied`,
  );
});
