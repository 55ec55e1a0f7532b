import { expect, test } from "bun:test";
import { readFileSync, realpathSync } from "node:fs";
import { listeners } from "../../../src/adapters/ports/listeners.ts";
import { MemberScan } from "../../../src/adapters/processes/members.ts";
import { type ProcessIdentity, readProcess } from "../../../src/adapters/processes/table.ts";
import type { TaskMarks } from "../../../src/adapters/processes/task-members.ts";
import { freePort, type PortContext } from "../../../src/app/tasks/free-port.ts";
import type { EventBody } from "../../../src/domain/events.ts";
import { type Failure, isFailure } from "../../../src/domain/failure.ts";
import type { Listener } from "../../../src/domain/tasks/port-owner.ts";
import { eventually } from "../../helpers/eventually.ts";
import { listening } from "../../helpers/listening.ts";
import { hasMounts } from "../../helpers/mounts.ts";
import { isAlive } from "../../helpers/processes.ts";
import type { SignalName } from "../../../src/domain/tasks/lifecycle.ts";
import { signalExactly } from "../../../src/adapters/processes/signals.ts";

const me = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();

const SCOPE = "portscope";

const seenFrom = (project: string) => (port: number) => listeners(port, project);
const MARKS = { TASKMUX_RUN: `${SCOPE}.1.2`, TASKMUX_TASK: "web", TASKMUX_SESSION: "shop" };

/** The real thing, and what was signalled and recorded. */
function context(project: string, change: Partial<PortContext["ports"]> = {}) {
  const signals: [number, SignalName][] = [];
  const recorded: EventBody[] = [];
  const ctx: PortContext = {
    project: { checkout: null },
    ports: { listeners: seenFrom(project), uid: process.geteuid!(), ...change },
    scan: new MemberScan(),
    signals: {
      send: (process, signal) => {
        signals.push([process.pid, signal]);
        signalExactly(process, signal);
      },
    },
    record: (happening) => void recorded.push(happening),
    monotonic: () => performance.now(),
    sleep: Bun.sleep,
  };
  const free = (
    port: number | null,
    force = false,
    recorded: TaskMarks["recorded"] = [],
    isOwnOnly = false,
  ) =>
    freePort(
      ctx,
      { name: "web", port },
      { force, marks: { launcher: null, recorded, scope: SCOPE, task: "web" }, isOwnOnly },
    );
  return { signals, recorded, free };
}

const freedPids = (result: Awaited<ReturnType<typeof freePort>>): number[] => {
  if (isFailure(result)) throw new Error(result.message);
  return result.freed.map(({ pid }) => pid).sort((a, b) => a - b);
};

test("a port that nobody listens on, or none, needs nothing", async () => {
  await using ports = listening();
  const { free, recorded } = context(ports.directory);
  expect(await free(null)).toEqual({ freed: [], warnings: [] });
  expect(await free(ports.freePort())).toEqual({ freed: [], warnings: [] });
  expect(recorded).toEqual([]);
});

test("an orphan is ended by SIGTERM, with a warning and an event; its client lives", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const pid = await ports.listen(port, { isOrphan: true });
  await using _client = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
  const { free, signals, recorded } = context(ports.directory);
  const result = await free(port);
  expect(freedPids(result)).toEqual([pid]);
  expect(signals).toEqual([[pid, "SIGTERM"]]);
  expect((result as { warnings: string[] }).warnings[0]).toStartWith(
    `Port ${port} was held by pid ${pid} (`,
  );
  expect(recorded).toMatchObject([{ event: "port_freed", task: "web", port, pid }]);
  expect(await listeners(port, null)).toEqual([]);
});

test("what bears the marks of an earlier launch is an orphan, though its parent lives", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const pid = await ports.listen(port, { env: MARKS });
  expect(freedPids(await context(ports.directory).free(port))).toEqual([pid]);
});

test("so is what is on record as the process of an earlier launch, and a later one of its pid isn't", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const pid = await ports.listen(port);
  const { startTime } = readProcess(pid)!;
  const gone = { pid, startTime: "long ago" };
  const launch = (process: ProcessIdentity) => ({ process, launcher: gone, keeper: null });
  const { free, signals } = context("/nowhere");
  expect(await free(port, false, [launch(gone)])).toMatchObject({ code: "E220" });
  expect(signals).toEqual([]);
  expect(freedPids(await free(port, false, [launch({ pid, startTime })]))).toEqual([pid]);
});

test("an orphan that doesn't heed SIGTERM gets SIGKILL after 2 s", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const pid = await ports.listen(port, { isOrphan: true, isStubborn: true });
  const { free, signals } = context(ports.directory);
  const began = performance.now();
  expect(freedPids(await free(port))).toEqual([pid]);
  expect(performance.now() - began).toBeGreaterThanOrEqual(2000);
  expect(signals).toEqual([
    [pid, "SIGTERM"],
    [pid, "SIGKILL"],
  ]);
});

test("orphans that share a port are all ended", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const shared = { isOrphan: true, isShared: true };
  const pids = [await ports.listen(port, shared), await ports.listen(port, shared)];
  pids.push(await ports.listen(port, { isOrphan: true, host: "::1" }));
  expect(freedPids(await context(ports.directory).free(port))).toEqual(pids.sort((a, b) => a - b));
});

test("a listener with a living owner is E220, named with its owner, and lives on", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const pid = await ports.listen(port);
  const { free, signals, recorded } = context(ports.directory);
  const failure = (await free(port)) as Failure;
  expect(failure).toMatchObject({ code: "E220" });
  expect(failure.message).toStartWith(`Port ${port} of task 'web' is held by pid ${pid} (`);
  expect(failure.message).toContain(`(pid ${process.pid})`);
  expect(failure.hint).toContain("taskmux start web --force-port");
  expect([signals, recorded]).toEqual([[], []]);
  expect(isAlive(pid)).toBe(true);
});

test("an orphan of another directory is E220, named with it, and lives on", async () => {
  await using ports = listening();
  await using others = listening();
  const port = ports.freePort();
  const pid = await others.listen(port, { isOrphan: true });
  const { free, signals } = context(ports.directory);
  const failure = (await free(port)) as Failure;
  expect(failure).toMatchObject({ code: "E220" });
  expect(failure.message).toEndWith(
    `) in ${realpathSync(others.directory)}, which belongs to user ${me}`,
  );
  expect(failure.hint).not.toContain("--force-port");
  expect(signals).toEqual([]);
  expect(isAlive(pid)).toBe(true);
});

test.skipIf(!hasMounts)(
  "an orphan in a container lives on, though its directory has the project's path",
  async () => {
    await using ports = listening();
    const port = ports.freePort();
    const pid = await ports.listen(port, { isOrphan: true, through: ["unshare", "-m"] });
    const { free, signals } = context(ports.directory);
    expect(await free(port)).toMatchObject({ code: "E220" });
    expect(signals).toEqual([]);
    expect(isAlive(pid)).toBe(true);
  },
);

test("another task's listener is named by its task and session", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const env = { ...MARKS, TASKMUX_RUN: "other.1", TASKMUX_TASK: "api", TASKMUX_SESSION: "../x" };
  await ports.listen(port, { isOrphan: true, env: { ...env, TASKMUX_SESSION: "bank" } });
  const failure = (await context(ports.directory).free(port)) as Failure;
  expect(failure.message).toEndWith("which belongs to task 'api' of session 'bank'");
  const second = ports.freePort();
  await ports.listen(second, { isOrphan: true, env });
  expect(((await context(ports.directory).free(second)) as Failure).message).toEndWith(
    "belongs to task 'api'",
  );
});

test("an orphan next to a listener with an owner lives on: nothing is half done", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const orphan = await ports.listen(port, { isOrphan: true });
  await ports.listen(port, { host: "::1" });
  const { free, signals } = context(ports.directory);
  expect(await free(port)).toMatchObject({ code: "E220" });
  expect(signals).toEqual([]);
  expect(isAlive(orphan)).toBe(true);
});

test("by force, a listener with an owner is ended too", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const pid = await ports.listen(port);
  expect(freedPids(await context(ports.directory).free(port, true))).toEqual([pid]);
});

test("ourselves we don't end, even by force", async () => {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { free, signals } = context("/");
  const failure = (await free(server.port, true)) as Failure;
  expect(failure).toMatchObject({ code: "E220", hint: "Give task 'web' another port" });
  expect(signals).toEqual([]);
  server.stop(true);
});

test("nor what runs us, where it is of the very task and only that is ended", async () => {
  await using ports = listening();
  const port = ports.freePort();
  await ports.listen(port, { env: MARKS });
  const { free, signals } = context(ports.directory, {
    listeners: async (wanted) =>
      (await listeners(wanted, ports.directory)).map(({ holder, user }) => ({
        user,
        holder: holder && { ...holder, isOurAncestor: true },
      })),
  });
  expect(await free(port, false, [], true)).toEqual({ freed: [], warnings: [] });
  expect(signals).toEqual([]);
});

test("a listener of another user is E220, and no force ends it", async () => {
  const unseen: Listener[] = [{ holder: null, user: "www" }];
  const { free } = context("/", { listeners: async () => unseen });
  const failure = (await free(80, true)) as Failure;
  expect(failure.message).toBe(
    "Port 80 of task 'web' is held by a process, which belongs to user www",
  );
  expect(failure.hint).toBe("Give task 'web' another port");
});

test("an owner that lets go of the port by itself at that moment is no failure", async () => {
  const sights: Listener[][] = [[{ holder: null, user: "daemon" }], []];
  const { free } = context("/", { listeners: async () => sights.shift() ?? [] });
  expect(await free(80)).toEqual({ freed: [], warnings: [] });
});

test("one that is being ended is not taken for another's because of what it loses on the way", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const pid = await ports.listen(port, { isOrphan: true, isStubborn: true });
  const lost = { isInProject: false, mark: null };
  const { free, signals } = context(ports.directory, {
    listeners: async (wanted) => {
      const found = await listeners(wanted, ports.directory);
      if (signals.length === 0) return found;
      return found.map(({ holder, user }) => ({ user, holder: holder && { ...holder, ...lost } }));
    },
  });
  expect(freedPids(await free(port))).toEqual([pid]);
  expect(signals.map(([, signal]) => signal)).toEqual(["SIGTERM", "SIGKILL"]);
});

test("one that takes the port in the place of an orphan is ended if it is one too", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const first = await ports.listen(port, { isOrphan: true });
  let second = 0;
  const { free } = context(ports.directory, {
    listeners: async (wanted) => {
      if (second === 0 && !isAlive(first)) second = await ports.listen(port, { isOrphan: true });
      return listeners(wanted, ports.directory);
    },
  });
  expect(freedPids(await free(port))).toEqual([first, second].sort((a, b) => a - b));
});

test.skipIf(process.platform !== "linux")("what a subreaper took in is an orphan", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const helper = `${import.meta.dirname}/../../helpers/listening.ts`;
  const libc = `${import.meta.dirname}/../../../src/adapters/system/libc.ts`;
  const program = `
    import { FFIType } from "bun:ffi";
    import { openLibrary } from "${libc}";
    import { listening } from "${helper}";
    const { prctl } = openLibrary({
      prctl: { args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64], returns: FFIType.i32 },
    });
    if (prctl(36, 1, 0, 0, 0) !== 0) throw new Error("PR_SET_CHILD_SUBREAPER");
    const pid = await listening().listen(${port}, { isOrphan: true, isLeader: true });
    console.log(String(pid));
    setInterval(() => {}, 1000);`;
  const reaper = Bun.spawn([process.execPath, "-e", program], {
    env: { ...process.env, TMPDIR: ports.directory },
    stdout: "pipe",
    detached: true,
  });
  ports.track(reaper.pid);
  const { value } = await reaper.stdout.getReader().read();
  const pid = ports.track(Number(new TextDecoder().decode(value)));
  await eventually(() => readFileSync(`/proc/${pid}/stat`, "utf8").includes(`) S ${reaper.pid} `));
  expect(freedPids(await context(ports.directory).free(port))).toEqual([pid]);
});
