import { describe, expect, test } from "bun:test";
import { chmodSync, closeSync, constants, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logHubScript } from "../../../src/adapters/launch/log-hub.ts";
import { logPipeScript } from "../../../src/adapters/launch/log-pipe.ts";
import { readUnwritten } from "../../../src/adapters/logs/unwritten.ts";
import { isOwnText } from "../../../src/domain/logs/line.ts";
import { readHubState } from "../../../src/adapters/logs/hub-files.ts";
import { makeFifo } from "../../../src/adapters/system/libc.ts";
import { commandLine } from "../../../src/adapters/processes/description.ts";
import { eventually } from "../../helpers/eventually.ts";
import { stopIdleHub } from "../../helpers/log-hub.ts";
import {
  createLogTask,
  hubFromSource,
  type LogTask,
  mark,
  startHub,
  startPipe,
} from "../../helpers/log-task.ts";
import { posixShells } from "../../helpers/shells.ts";
import { createWorld } from "../../helpers/world.ts";

/** The script as it runs in the background. */
function startScriptBy(shell: string, task: LogTask, command: readonly string[]) {
  const script = join(task.session, "log-hub.sh");
  writeFileSync(script, logHubScript(command));
  return Bun.spawn([...shell.split(" "), script, task.session, "clean"], {
    stdio: ["ignore", "ignore", "ignore"],
  });
}

/** A stand-in for our binary: a sh script. */
function program(task: LogTask, body: string): string[] {
  const path = join(task.session, "program");
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o700);
  return [path];
}

/** The pid of the hub that a script has started, once it has its record. */
const hubOf = (task: LogTask, script: number): Promise<number> =>
  eventually(() => {
    const hub = /^hub (\d+) /m.exec(task.record("log-hub") ?? "")?.[1];
    const isReady = hub !== undefined && readHubState(task.session) === "running";
    return isReady && task.record("log-hub")!.includes(`script ${script} `) ? Number(hub) : null;
  });

/** Ends a hub while it waits; `meanwhile` runs before, while it is stopped. */
async function killHub(
  task: LogTask,
  script: number,
  meanwhile: (hub: number) => Promise<void>,
): Promise<void> {
  const hub = await hubOf(task, script);
  process.kill(hub, "SIGSTOP");
  await meanwhile(hub);
  process.kill(hub, "SIGKILL");
  await eventually(async () => (await hubOf(task, script)) !== hub);
}

const LINES = Array.from({ length: 5 }, (_, index) => `line ${index}`);

describe.each(posixShells)("the script that keeps a log hub running, run by %s", (shell) => {
  const startScript = (task: LogTask, command: readonly string[] = hubFromSource) =>
    startScriptBy(shell, task, command);

  test("ends when no window is left", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    const script = startScript(task);
    void pipe.stdin.write("x\r\n");
    await pipe.stdin.end();
    expect(await script.exited).toBe(0);
    expect(task.texts()).toEqual(["x"]);
    expect(readHubState(task.session)).toBe("none");
  });

  test("is on record before its hub is: nobody starts another one", async () => {
    using task = createLogTask();
    const slow = program(task, `until [ -e "$1/go" ]; do sleep 0.05; done`);
    const script = startScript(task, slow);
    await eventually(() => readHubState(task.session) === "restarting");
    writeFileSync(join(task.session, "go"), "");
    expect(await script.exited).toBe(0);
    expect(readHubState(task.session)).toBe("dead");
  });

  test("starts the hub only once no command holds it back", async () => {
    using task = createLogTask();
    const gate = join(task.session, "log-hub-gate");
    makeFifo(gate);
    const held = openSync(gate, constants.O_RDWR | constants.O_NONBLOCK);
    const body = `[ -e "$1/released" ] && echo after >"$1/started" || echo before >"$1/started"`;
    const script = startScript(task, program(task, body));
    await eventually(() => readHubState(task.session) === "restarting");
    writeFileSync(join(task.session, "released"), "");
    closeSync(held);
    expect(await script.exited).toBe(0);
    expect(task.record("started")).toBe("after\n");
  });

  test("starts the hub if the command that held it back was killed before the script ran", async () => {
    using task = createLogTask();
    makeFifo(join(task.session, "log-hub-gate"));
    const script = startScript(task, program(task, `echo yes >"$1/started"`));
    expect(await script.exited).toBe(0);
    expect(task.record("started")).toBe("yes\n");
  });

  test("replaces a hub that is killed, and nothing is lost that was in a FIFO", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    const script = startScript(task);
    for (const line of LINES) {
      await killHub(task, script.pid, async () => {
        void pipe.stdin.write(`${line}\r\n`);
        await pipe.stdin.flush();
      });
    }
    await pipe.stdin.end();
    expect(await script.exited).toBe(0);
    const written = task.texts().filter((text) => !isOwnText(text));
    // A hub may be killed after it has written lines, and before it has taken them from the FIFO; then the log says so.
    const found = written.filter((text, index) => text !== written[index - 1]);
    if (found.length < written.length) expect(task.texts().join("\n")).toContain("repeated here");
    const missing = LINES.filter((line) => !found.includes(line));
    const repeated = found.filter((line, at) => found.indexOf(line) !== at);
    expect([...new Set(found)]).toEqual(LINES.filter((line) => found.includes(line)));
    // A hub may be killed after it has read lines, or has written them; then the log says how many bytes.
    const said = (kind: RegExp) =>
      task.texts().reduce((sum, text) => sum + Number(kind.exec(text)?.[1] ?? 0), 0);
    expect(said(/missing .*up to (\d+) bytes/)).toBeGreaterThanOrEqual(missing.join("").length);
    expect(said(/repeated .*up to (\d+) bytes/)).toBeGreaterThanOrEqual(repeated.join("").length);
  });

  test("says how much a killed hub had read and not written", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    const script = startScript(task);
    void pipe.stdin.write("whole\r\nprompt");
    await pipe.stdin.flush();
    const hasRead = () => readUnwritten(task.session).get("web") === "prompt".length;
    await eventually(hasRead);
    await killHub(task, script.pid, (hub) => stopIdleHub(hub, task.session, hasRead));
    await pipe.stdin.end();
    expect(await script.exited).toBe(0);
    const why = "the log hub was ended by SIGKILL; up to 6 bytes are lost";
    expect(task.texts()).toEqual(["whole", `[taskmux] log lines may be missing here: ${why}`]);
  });

  test("ends if another hub is running", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    const first = startScript(task);
    const hub = await hubOf(task, first.pid);
    const second = startScript(task);
    expect(await second.exited).toBe(0);
    expect(await hubOf(task, first.pid)).toBe(hub);
    await pipe.stdin.end();
    expect(await first.exited).toBe(0);
  });

  test("runs in the background, with nothing of its environment that could turn the executable into another program", async () => {
    using task = createLogTask();
    const show = program(task, `env >"$1/env"`);
    const path = join(task.session, "log-hub.sh");
    writeFileSync(path, logHubScript(show).replaceAll("/bin/sh ", `${shell} `));
    const starter = Bun.spawn(
      [...shell.split(" "), "-c", `set -- '${task.session}'; . '${path}'`],
      {
        env: {
          PATH: process.env["PATH"] ?? "",
          BUN_BE_BUN: "1",
          BUN_OPTIONS: "--preload x",
          TASKMUX_RUN: "y",
          LD_LIBRARY_PATH: "/opt/x y",
        },
      },
    );
    expect(await starter.exited).toBe(0);
    const text = await eventually(
      () => task.record("env")?.includes("LD_LIBRARY") && task.record("env"),
    );
    const names = text.split("\n").map((line) => line.split("=")[0]!);
    expect(names.filter((name) => /^(BUN|NODE|TASKMUX)/.test(name))).toEqual([]);
    expect(text).toContain("LD_LIBRARY_PATH=/opt/x y\n");
  });

  test("runs a command with any characters in it", async () => {
    using task = createLogTask();
    const path = join(task.session, "it's $HOME `x` #{pid} %d");
    writeFileSync(path, `#!/bin/sh\necho "$1|$2" >"$2/said"\n`);
    chmodSync(path, 0o700);
    const script = startScript(task, [path, "a 'b' \"c\" $d"]);
    expect(await script.exited).toBe(0);
    expect(task.record("said")).toBe(`a 'b' "c" $d|${task.session}\n`);
  });

  test("discards output where no hub can live, says so, and takes a hub that can", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    const [path] = program(task, "exit 4");
    const script = startScript(task, [path!]);
    const flood = "x".repeat(99) + "\n";
    void pipe.stdin.write(flood.repeat(20_000));
    await pipe.stdin.flush();
    await eventually(() => task.left("writer-error"));
    expect(task.left("writer-error")).toBe("The log hub can't be started\n");
    expect(readHubState(task.session)).toBe("restarting");
    rmSync(path!);
    program(task, `exec ${hubFromSource.map((word) => `'${word}'`).join(" ")} "$@"`);
    await eventually(() => {
      void pipe.stdin.write("y\n");
      return task.texts().includes("y");
    });
    await eventually(() => task.left("writer-error") === null);
    await pipe.stdin.end();
    expect(await script.exited).toBe(0);
    const [first] = task.texts();
    expect(first).toBe("[taskmux] log lines may be missing here: the log hub couldn't be started");
  });

  test("names itself in the record of another, without emptying it, where no hub can live", async () => {
    using task = createLogTask();
    // The start time is another's: both have ended.
    const other = `hub ${process.pid} 1\nscript ${process.pid} 1\n`;
    writeFileSync(join(task.session, "log-hub"), other);
    const pipe = startPipe(task);
    const script = startScript(task, ["/nonexistent/taskmux"]);
    const record = await eventually(() => {
      const text = task.record("log-hub")!;
      return text !== other && text;
    });
    expect(record).toStartWith(other);
    expect(readHubState(task.session)).toBe("restarting");
    pipe.kill("SIGKILL");
    expect(await script.exited).toBe(1);
  });

  test("replaces a hub although its FIFO for messages was removed", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    const script = startScript(task);
    await hubOf(task, script.pid);
    rmSync(join(task.session, "log-hub-messages"));
    await killHub(task, script.pid, async () => {});
    void pipe.stdin.write("x\r\n");
    await pipe.stdin.end();
    expect(await script.exited).toBe(0);
    // A hub that is killed while it looks for output says that it may have taken some.
    expect(task.texts().filter((text) => !isOwnText(text))).toEqual(["x"]);
  });

  test("ends though no hub can live, once no window is left", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    const script = startScript(task, ["/nonexistent/taskmux"]);
    await eventually(() => task.left("writer-error"));
    pipe.kill("SIGKILL");
    expect(await script.exited).toBe(1);
    expect(readHubState(task.session)).toBe("none");
  });

  test("outlives the signals that end the tmux server", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    const script = startScript(task);
    const hub = await hubOf(task, script.pid);
    expect(commandLine(hub)).toContain("__log-hub");
    for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
      process.kill(script.pid, name);
      process.kill(hub, name);
    }
    void pipe.stdin.write("last words\r\n");
    await pipe.stdin.end();
    expect(await script.exited).toBe(0);
    expect(task.texts()).toEqual(["last words"]);
  });
});

describe("behind a pane of a real tmux", () => {
  /** Opens a window whose program waits for a word, with a pipe and a hub. */
  async function open(
    task: LogTask,
    world: ReturnType<typeof createWorld>,
    program: string,
  ): Promise<void> {
    const script = join(task.directory, "log-pipe.sh");
    writeFileSync(script, logPipeScript());
    const path = world.write("program.sh", program);
    const words = ["-f", "/dev/null", "new-session", "-d", "-s", "x", "-x", "200", "-y", "50"];
    const pipe = `exec /bin/sh ${script} ${task.directory}`;
    await world.tmux(...words, "/bin/sh", path, ";", "pipe-pane", "-t", "=x:", pipe);
  }

  test("the first and the last byte of a program that lives a moment are in the log", async () => {
    await using world = createWorld();
    using task = createLogTask();
    await open(
      task,
      world,
      `read go; printf '%s' '${mark("start;r1;7")}'; printf 'only words'; printf '%s' '${mark("exit;r1;0;exit")}'; read end`,
    );
    const hub = startHub(task);
    await world.tmux("send-keys", "-t", "=x:", "Enter");
    await eventually(() => task.left("logged") === "r1\n");
    const texts = task.texts();
    expect(texts.slice(texts.indexOf("[taskmux] started pid 7: npm run dev") + 1, -1)).toEqual([
      "only words",
    ]);
    await world.tmux("kill-server");
    expect(await hub.exited).toBe(0);
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
    const hub = startHub(task);
    expect(await hub.exited).toBe(0);
    expect(task.texts().at(-1)).toBe("last prompt");
    expect(task.texts().filter((text) => text.startsWith("line"))).toHaveLength(9);
  });
});
