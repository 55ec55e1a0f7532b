import { describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keepingLogLocks, type LogLockMode, withLogLock } from "../../../src/adapters/logs/lock.ts";
import { directoryWith } from "../../helpers/directory.ts";
import { eventually } from "../../helpers/eventually.ts";

/** A process that takes the lock of a log, says so in the file `said`, and holds it until there is a file `go`. */
function holder(directory: string, mode: LogLockMode) {
  const script = `
    import { appendFileSync, existsSync } from "node:fs";
    import { withLogLock } from "${import.meta.dirname}/../../../src/adapters/logs/lock.ts";
    const [directory, mode] = process.argv.slice(1);
    withLogLock(directory + "/web.log", mode, () => {
      appendFileSync(directory + "/said", "taken\\n");
      while (!existsSync(directory + "/go")) Bun.sleepSync(1);
      appendFileSync(directory + "/said", "left\\n");
    });`;
  return Bun.spawn([process.execPath, "-e", script, directory, mode], { stderr: "inherit" });
}

const said = (directory: string): string[] => {
  const path = join(directory, "said");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
};

/** A process waits for the lock for a second, and then does without: on a busy machine it may take some tries to be that fast. */
async function inTime(act: () => Promise<string[]>, expected: readonly string[]): Promise<void> {
  let found = await act();
  for (let tries = 1; tries < 5 && !Bun.deepEquals(found, [...expected]); tries++)
    found = await act();
  expect(found).toEqual([...expected]);
}

describe("the lock of a log", () => {
  test.each([
    ["alone", "alone", ["taken", "left", "mine"]],
    ["alone", "together", ["taken", "left", "mine"]],
    ["together", "alone", ["taken", "left", "mine"]],
    ["together", "together", ["taken", "mine", "left"]],
  ] as const)("held %s, and asked for %s", async (first, second, order) => {
    await inTime(async () => {
      using root = directoryWith({});
      const child = holder(root.path, first);
      await eventually(() => said(root.path).length === 1);
      const opener = order[1] === "left" && Bun.spawn(["sh", "-c", `: >"${root.path}/go"`]);
      withLogLock(join(root.path, "web.log"), second, () =>
        appendFileSync(join(root.path, "said"), "mine\n"),
      );
      if (opener) await opener.exited;
      writeFileSync(join(root.path, "go"), "");
      await child.exited;
      return said(root.path);
    }, order);
  });

  test("is not waited for for ever, and is free once its holder is dead", async () => {
    using root = directoryWith({});
    const log = join(root.path, "web.log");
    const child = holder(root.path, "alone");
    await eventually(() => said(root.path).length === 1);
    child.kill("SIGSTOP");
    expect(withLogLock(log, "together", () => "done")).toBe("done");
    expect(withLogLock(log, "alone", () => "done")).toBe("done");
    child.kill("SIGKILL");
    await child.exited;
    expect(withLogLock(log, "alone", () => "done")).toBe("done");
  });

  test("is kept for a turn, also while a part of it has the log alone", async () => {
    const words = ["written", "rotated", "written again", "end", "taken", "left"];
    await inTime(async () => {
      using root = directoryWith({});
      const log = join(root.path, "web.log");
      const say = (word: string) => appendFileSync(join(root.path, "said"), `${word}\n`);
      let other: ReturnType<typeof holder> | null = null;
      keepingLogLocks(() => {
        withLogLock(log, "together", () => say("written"));
        withLogLock(log, "alone", () => say("rotated"));
        other = holder(root.path, "alone");
        withLogLock(log, "together", () => say("written again"));
        Bun.sleepSync(300);
        say("end");
      });
      writeFileSync(join(root.path, "go"), "");
      await other!.exited;
      return said(root.path);
    }, words);
  });

  test("is had once: what is done with it needs no lock of its own", () => {
    using root = directoryWith({});
    const log = join(root.path, "web.log");
    const inner = () => withLogLock(log, "alone", () => withLogLock(log, "together", () => "done"));
    expect(withLogLock(log, "together", inner)).toBe("done");
  });

  test("goes with what fails, and isn't there without a directory", () => {
    using root = directoryWith({});
    const log = join(root.path, "web.log");
    const failing = () => {
      throw new Error("no");
    };
    expect(() => withLogLock(log, "alone", failing)).toThrow("no");
    expect(withLogLock(log, "alone", () => "done")).toBe("done");
    expect(withLogLock(join(root.path, "none/web.log"), "alone", () => "done")).toBe("done");
  });
});
