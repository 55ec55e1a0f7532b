import { describe, expect, test } from "bun:test";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { installKeeper } from "../../../src/adapters/launch/keeper.ts";
import { pipeByKeeper, readLogPipe } from "../../../src/adapters/launch/log-pipe.ts";
import { eventually } from "../../helpers/eventually.ts";
import {
  createLogTask,
  hubFromSource,
  type LogTask,
  startHub,
  startPipe as startPipeBy,
} from "../../helpers/log-task.ts";
import { posixShells } from "../../helpers/shells.ts";

const isLinux = process.platform === "linux";
const busybox = Bun.which("busybox");

/** A PATH on which BusyBox's tools come first. */
function toolsOfBusybox(directory: string): string {
  const tools = join(directory, "tools");
  if (!existsSync(tools)) {
    mkdirSync(tools);
    for (const name of ["cat", "dd", "sleep"]) symlinkSync(busybox!, join(tools, name));
  }
  return `${tools}:${process.env["PATH"]}`;
}

describe.each([
  ...posixShells.map((shell) => [shell, () => null, shell, () => undefined] as const),
  ...(busybox ? [["BusyBox's tools", () => null, "busybox sh", toolsOfBusybox] as const] : []),
  ...(isLinux ? [["the keeper", installKeeper, undefined, () => undefined] as const] : []),
])("the pipe of a pane, with %s", (_how, keeperIn, shell, pathIn) => {
  const startPipe = (task: LogTask) =>
    startPipeBy(task, keeperIn(task.session), shell, pathIn(task.session));

  test("is on record while it is open, and when the hub has read all of it", async () => {
    using task = createLogTask();
    expect(readLogPipe(task.directory)).toEqual({ kind: "unknown" });
    const pipe = startPipe(task);
    await eventually(() => readLogPipe(task.directory).kind === "open");
    const hub = startHub(task);
    void pipe.stdin.write("a prompt");
    await pipe.stdin.end();
    expect(await Promise.all([pipe.exited, hub.exited])).toEqual([0, 0]);
    expect(task.texts()).toEqual(["a prompt"]);
    expect(readLogPipe(task.directory)).toEqual({ kind: "ended", endedAt: expect.any(Number) });
  });

  test("keeps what a pane that is gone has printed until a hub reads it", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    void pipe.stdin.write("last words\r\n");
    await pipe.stdin.end();
    await eventually(() => readLogPipe(task.directory).kind === "open");
    const hub = startHub(task);
    expect(await Promise.all([pipe.exited, hub.exited])).toEqual([0, 0]);
    expect(task.texts()).toEqual(["last words"]);
  });

  test("lets another hub open it while nothing is printed", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    const first = startHub(task);
    void pipe.stdin.write("before\r\n");
    await eventually(() => task.texts().includes("before"));
    first.kill("SIGKILL");
    await first.exited;
    const next = startHub(task);
    await eventually(() => task.record("log-hub")?.startsWith(`hub ${next.pid} `));
    await pipe.stdin.end();
    expect(await Promise.all([pipe.exited, next.exited])).toEqual([0, 0]);
  });

  test("that ends late says nothing of the next one", async () => {
    using task = createLogTask();
    const isOf = (pid: number) => () => task.left("pipe")?.startsWith(`${pid} `);
    const old = startPipe(task);
    await eventually(isOf(old.pid));
    const hub = startHub(task);
    const next = startPipe(task);
    await eventually(isOf(next.pid));
    await old.stdin.end();
    expect(readLogPipe(task.directory).kind).toBe("open");
    next.kill("SIGKILL");
    old.kill("SIGKILL");
    await Promise.all([next.exited, old.exited]);
    await eventually(() => readLogPipe(task.directory).kind === "ended");
    hub.kill("SIGKILL");
    await hub.exited;
  });

  test("without a FIFO discards what is printed, to its end", async () => {
    using task = createLogTask();
    const fifo = join(task.directory, "output");
    rmSync(fifo, { force: true });
    for (const isFile of [false, true]) {
      if (isFile) writeFileSync(fifo, "kept");
      const pipe = startPipe(task);
      void pipe.stdin.write("x".repeat(1 << 20));
      await pipe.stdin.end();
      expect(await pipe.exited).toBe(0);
    }
    expect(readFileSync(fifo, "utf8")).toBe("kept");
    expect(readLogPipe(task.directory)).toEqual({ kind: "unknown" });
  });

  test("outlives the signals that end the tmux server", async () => {
    using task = createLogTask();
    const pipe = startPipe(task);
    await eventually(() => readLogPipe(task.directory).kind === "open");
    for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.kill(pipe.pid, name);
    const hub = startHub(task, hubFromSource);
    void pipe.stdin.write("last words\r\n");
    await pipe.stdin.end();
    expect(await Promise.all([pipe.exited, hub.exited])).toEqual([0, 0]);
    expect(task.texts()).toEqual(["last words"]);
  });
});

test.skipIf(!isLinux)("the keeper discards what no hub reads, and says how much", async () => {
  using task = createLogTask();
  const words = pipeByKeeper(installKeeper(task.session)!, task.directory, 1);
  const pipe = Bun.spawn(words, { stdin: "pipe" });
  const printed = 300_000;
  void pipe.stdin.write("x".repeat(printed));
  await pipe.stdin.flush();
  const fifo = openSync(join(task.directory, "output"), constants.O_RDONLY | constants.O_NONBLOCK);
  // It waits for more, in read(2): x86-64, arm64.
  const kept = await eventually(() => {
    const call = readFileSync(`/proc/${pipe.pid}/syscall`, "utf8");
    return /^(0|63) 0x0 /.test(call) && readAll(fifo);
  });
  void pipe.stdin.write("later\r\n");
  await pipe.stdin.flush();
  let said = "";
  const [, lost, later] = await eventually(() =>
    /; (\d+) bytes are lost\r\n(later)\r\n$/.exec((said += readAll(fifo))),
  );
  expect([kept.length + Number(lost), later]).toEqual([printed, "later"]);
  await pipe.stdin.end();
  expect(await pipe.exited).toBe(0);
  closeSync(fifo);
});

/** What is in a FIFO now. */
function readAll(fifo: number): string {
  const chunk = Buffer.alloc(65536);
  let text = "";
  try {
    for (;;) text += chunk.toString("utf8", 0, readSync(fifo, chunk));
  } catch {
    return text;
  }
}
