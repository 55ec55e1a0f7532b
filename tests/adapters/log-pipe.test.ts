import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logPipeScript } from "../../src/adapters/log-pipe.ts";
import { eventually } from "../helpers/eventually.ts";
import { createLogTask, type LogTask, mark, writerFromSource } from "../helpers/log-task.ts";
import { createWorld } from "../helpers/world.ts";

/** The loop with a pipe that the test holds, as tmux does. */
function startLoop(task: LogTask, command: readonly string[], env: Record<string, string> = {}) {
  const script = join(task.directory, "log-pipe.sh");
  writeFileSync(script, logPipeScript(command));
  return Bun.spawn(["/bin/sh", script, task.directory], {
    stdin: "pipe",
    stderr: "ignore",
    env: { PATH: process.env["PATH"] ?? "", ...env },
  });
}

/** A stand-in for our binary: a sh script. */
function program(task: LogTask, body: string): string[] {
  const path = join(task.directory, "program");
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o700);
  return [path];
}

/** The writers that a loop has started. */
function childrenOf(pid: number): number[] {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "pid=,ppid="]);
  const rows = stdout
    .toString()
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/).map(Number));
  return rows.filter(([, parent]) => parent === pid).map(([child]) => child!);
}

describe("the loop at the end of a pane's pipe", () => {
  test("ends when its writer has come to the end", async () => {
    using task = createLogTask();
    const loop = startLoop(task, writerFromSource);
    void loop.stdin.write("x\r\n");
    await loop.stdin.end();
    expect(await loop.exited).toBe(0);
    expect(task.texts()).toEqual(["x"]);
  });

  test("replaces a writer that is killed, and the pipe keeps what was said meanwhile", async () => {
    using task = createLogTask();
    const loop = startLoop(task, writerFromSource);
    for (let round = 0; round < 5; round++) {
      const writer = await eventually(() => childrenOf(loop.pid)[0]);
      process.kill(writer, "SIGSTOP");
      void loop.stdin.write(`line ${round}\r\n`);
      await loop.stdin.flush();
      process.kill(writer, "SIGKILL");
      await eventually(() => task.lines().length === round + 1);
    }
    await loop.stdin.end();
    expect(await loop.exited).toBe(0);
    expect(task.texts()).toEqual(["line 0", "line 1", "line 2", "line 3", "line 4"]);
  });

  test("hands on nothing of its environment that could make another program of ours", async () => {
    using task = createLogTask();
    const show = program(task, `env >"$1/env"; cat >/dev/null`);
    const loop = startLoop(task, show, {
      BUN_BE_BUN: "1",
      BUN_OPTIONS: "--preload x",
      NODE_OPTIONS: "y",
      LD_LIBRARY_PATH: "/opt/x y",
    });
    await loop.stdin.end();
    await loop.exited;
    const names = (task.left("env") ?? "").split("\n").map((line) => line.split("=")[0]!);
    expect(names.filter((name) => /^(BUN|NODE)/.test(name))).toEqual([]);
    expect(task.left("env")).toContain("LD_LIBRARY_PATH=/opt/x y\n");
  });

  test("runs a command with any characters in it", async () => {
    using task = createLogTask();
    const path = join(task.directory, "it's $HOME `x` #{pid} %d");
    writeFileSync(path, `#!/bin/sh\necho "$1|$2" >"$2/said"\n`);
    chmodSync(path, 0o700);
    const loop = startLoop(task, [path, "a 'b' \"c\" $d"]);
    await loop.stdin.end();
    await loop.exited;
    expect(task.left("said")).toBe(`a 'b' "c" $d|${task.directory}\n`);
  });

  test("drains where no writer can live, says so, and takes a writer that can", async () => {
    using task = createLogTask();
    const [path] = program(task, "exit 3");
    const loop = startLoop(task, [path!]);
    const flood = "x".repeat(99) + "\n";
    void loop.stdin.write(flood.repeat(20_000));
    await loop.stdin.flush();
    await eventually(() => task.left("writer-error"));
    expect(task.left("writer-error")).toBe("The log writer can't be started\n");
    rmSync(path!);
    program(task, `exec ${writerFromSource.map((word) => `'${word}'`).join(" ")} "$1"`);
    await eventually(() => {
      void loop.stdin.write("y\n");
      return task.texts().includes("y");
    });
    expect(task.left("writer-error")).toBeNull();
    await loop.stdin.end();
    await loop.exited;
  });

  test("ends at the end of the pipe though no writer can live", async () => {
    using task = createLogTask();
    const loop = startLoop(task, ["/nonexistent/taskmux"]);
    await loop.stdin.end();
    expect(await loop.exited).toBe(1);
  });

  test("outlives the signals that end the tmux server", async () => {
    using task = createLogTask();
    const loop = startLoop(task, writerFromSource);
    const writer = await eventually(() => childrenOf(loop.pid)[0]);
    await eventually(
      () =>
        readFileSync(`/proc/${writer}/cmdline`, "utf8").includes("__log-writer") ||
        process.platform !== "linux",
    );
    for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
      process.kill(loop.pid, name);
      process.kill(writer, name);
    }
    void loop.stdin.write("last words\r\n");
    await loop.stdin.end();
    expect(await loop.exited).toBe(0);
    expect(task.texts()).toEqual(["last words"]);
  });
});

describe("behind a pane of a real tmux", () => {
  /** Opens a window whose program waits for a word, with the loop at its end. */
  async function open(
    task: LogTask,
    world: ReturnType<typeof createWorld>,
    program: string,
  ): Promise<void> {
    const script = join(task.directory, "log-pipe.sh");
    writeFileSync(script, logPipeScript(writerFromSource));
    const path = world.write("program.sh", program);
    await world.tmux(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-s",
      "x",
      "-x",
      "200",
      "-y",
      "50",
      "/bin/sh",
      path,
      ";",
      "pipe-pane",
      "-t",
      "=x:",
      `exec /bin/sh ${script} ${task.directory}`,
    );
  }

  test("the first and the last byte of a program that lives a moment are in the log", async () => {
    await using world = createWorld();
    using task = createLogTask();
    await open(
      task,
      world,
      `read go; printf '%s' '${mark("start;r1;7")}'; printf 'only words'; printf '%s' '${mark("exit;r1;0;exit")}'; read end`,
    );
    await world.tmux("send-keys", "-t", "=x:", "Enter");
    await eventually(() => task.left("logged") === "r1\n");
    const texts = task.texts();
    expect(texts.slice(texts.indexOf("[taskmux] started pid 7: npm run dev") + 1, -1)).toEqual([
      "only words",
    ]);
  });

  test("what was said before the session was killed is in the log", async () => {
    await using world = createWorld();
    using task = createLogTask();
    await open(
      task,
      world,
      "read go; for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done; printf 'last prompt'; sleep 100",
    );
    await world.tmux("send-keys", "-t", "=x:", "Enter");
    await eventually(async () =>
      (await world.tmux("capture-pane", "-p", "-t", "=x:")).includes("last prompt"),
    );
    await world.tmux("kill-server");
    await eventually(() => task.texts().at(-1) === "last prompt");
    expect(task.texts().filter((text) => text.startsWith("line"))).toHaveLength(9);
  });
});
