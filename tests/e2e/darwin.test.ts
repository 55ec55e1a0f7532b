import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { builtAsDarwin } from "../helpers/binary.ts";
import { createDarwinWorld } from "../helpers/darwin.ts";
import { eventually } from "../helpers/eventually.ts";
import { listening } from "../helpers/listening.ts";
import { isAlive, signal } from "../helpers/processes.ts";
import { ask, processesOf, statusOf } from "../helpers/schemas.ts";
import type { World } from "../helpers/world.ts";

const commandOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();

const countOf = (world: World, command: string): number =>
  processesOf(world, "web").filter((pid) => isAlive(pid) && commandOf(pid) === command).length;

const isPs = (call: string): boolean => call.startsWith("ps ");

/** Milliseconds. The programs that stand for macOS's take ten times as long as these, and a busy machine is slower still. */
const LIMIT = 600_000;

// Built before the tests' time runs.
if (process.platform === "linux") builtAsDarwin();

// The binary is built to ask macOS's programs, which are this test's own: /proc is not told of to anybody, session ids are
// not printed, and environments of what lies in /bin and /usr/bin are hidden, as Apple's are.
describe.skipIf(process.platform !== "linux")("by macOS's ps, lsof and launchctl", () => {
  const withOrphan =
    'name = "demo"\n[tasks.web]\nstop_grace_period = 0.1\ncommand = "(sleep 4001 &); exec sleep 4002"\n';

  test(
    "a restart leaves nothing that has lost its parent, and so nothing is there twice",
    async () => {
      await using made = disposable();
      const { world } = made;
      world.writeConfig(withOrphan);
      await ask(world, "start --wait");
      await eventually(() => countOf(world, "sleep 4001") === 1);
      const before = await statusOf(world, "web");
      expect(before).toMatchObject({ state: "running", healthy: true });
      await eventually(() => commandOf(before.pid) === "sleep 4002");

      await ask(world, "restart web");
      await eventually(() => countOf(world, "sleep 4001") === 1);
      expect(isAlive(before.pid)).toBe(false);
    },
    LIMIT,
  );

  test(
    "a stop leaves nothing that has lost its parent; the log holds nothing but the task's output",
    async () => {
      await using made = disposable();
      const { world } = made;
      world.writeConfig(withOrphan);
      await ask(world, "start");
      await eventually(() => countOf(world, "sleep 4001") === 1);
      const stopped = await ask(world, "stop web");
      expect(stopped.result).toMatchObject({ ok: true, action: "stopped" });
      expect(processesOf(world, "web")).toEqual([]);
      const { stdout } = await world.run(["logs", "web", "--raw"]);
      const lines = stdout.trim().split("\n");
      expect(lines.filter((line) => !line.startsWith("[taskmux] "))).toEqual([]);
    },
    LIMIT,
  );

  test(
    "top measures a task's processes, of which ps tells no threads",
    async () => {
      await using made = disposable();
      const { world } = made;
      world.writeConfig(withOrphan);
      await ask(world, "start");
      await eventually(() => countOf(world, "sleep 4001") === 1);
      await eventually(async () => {
        const { result } = await ask(world, "top");
        expect(result.tasks).toMatchObject([
          { name: "web", state: "running", processes: 2, threads: null, ports: [] },
        ]);
        expect(result.tasks[0].cpu_percent).toBeGreaterThanOrEqual(0);
        return result.tasks[0].memory_bytes > 0;
      });
    },
    LIMIT,
  );

  test(
    "what a command left in the background is ended after the command itself has ended",
    async () => {
      await using made = disposable();
      const { world } = made;
      world.writeConfig(
        'name = "demo"\n[tasks.web]\nstop_grace_period = 0.1\ncommand = "sleep 4003 & sleep 0.1"\n',
      );
      await ask(world, "start");
      await eventually(async () => (await statusOf(world, "web")).state === "exited");
      await eventually(() => countOf(world, "sleep 4003") === 1);
      await ask(world, "start");
      await eventually(async () => (await statusOf(world, "web")).state === "exited");
      await eventually(() => countOf(world, "sleep 4003") === 1);
      await ask(world, "stop web");
      expect(processesOf(world, "web")).toEqual([]);
    },
    LIMIT,
  );

  test(
    "what outlives the tmux server is shown as running, and ended by stop",
    async () => {
      await using made = disposable();
      const { world } = made;
      const command = "trap '' HUP; sleep 4011 & exec sleep 4012";
      world.writeConfig(
        `name = "demo"\n[tasks.web]\nstop_grace_period = 0.1\ncommand = "${command}"\n`,
      );
      await ask(world, "start");
      await eventually(() => countOf(world, "sleep 4011") === 1);
      await world.tmux("kill-server");
      await eventually(() => countOf(world, "sleep 4012") === 1);
      expect(await statusOf(world, "web")).toMatchObject({ running: true });
      expect((await ask(world, "stop web")).result).toMatchObject({ action: "stopped" });
      expect(processesOf(world, "web")).toEqual([]);
    },
    LIMIT,
  );

  test(
    "a monitor ends what a crashed command left before it launches it again",
    async () => {
      await using made = disposable();
      const { world } = made;
      const command = "sleep 4008 & test -e calm && exec sleep 4010; touch calm; exit 1";
      world.writeConfig(`name = "demo"\n[tasks.web]\ncommand = "${command}"\n`);
      const monitor = world.spawn(["start", "-m"]);
      await eventually(() => countOf(world, "sleep 4010") === 1);
      expect(await statusOf(world, "web")).toMatchObject({ running: true, restarts: 1 });
      await eventually(() => countOf(world, "sleep 4008") === 1);
      monitor.signal("SIGINT");
      await monitor.ended();
    },
    LIMIT,
  );

  test(
    "a later process with a pid on record is not taken for the task's",
    async () => {
      await using made = disposable();
      const { world } = made;
      world.writeConfig('name = "demo"\n[tasks]\nweb = "exec sleep 4004"\n');
      await ask(world, "start");
      const record = join(world.home, ".taskmux/run/demo/tasks/web/record");
      const told = readFileSync(record, "utf8");
      const start = "\\w{3}_\\w{3}_\\d+_[\\d:]{8}_\\d{4}";
      expect(told).toMatch(new RegExp(`^start \\S+ \\d+ (${start}) \\d+ (${start})  \n$`));
      expect((await statusOf(world, "web")).running).toBe(true);
      const pipe = readFileSync(join(world.home, ".taskmux/run/demo/tasks/web/pipe"), "utf8");
      expect(pipe).toMatch(new RegExp(`^\\d+ (${start})\n$`));
      writeFileSync(record, told.replaceAll(/[\d:]{8}_\d{4}/g, "00:00:00_2020"));
      expect((await statusOf(world, "web")).running).toBe(false);
    },
    LIMIT,
  );

  test(
    "inspect shows the command's own program and directory",
    async () => {
      await using made = disposable();
      const { world } = made;
      world.write("sub/.keep", "");
      world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "exec sleep 4005"\ncwd = "sub"\n');
      await ask(world, "start");
      // Not before the shell has become it.
      const { pid } = await statusOf(world, "web");
      await eventually(() => commandOf(pid) === "sleep 4005");
      const { result } = await ask(world, "inspect web");
      expect(result).toMatchObject({
        pane_current_command: "sleep",
        pane_current_path: join(realpathSync(world.project), "sub"),
      });
    },
    LIMIT,
  );

  test(
    "a task runs in the foreground of its terminal after the group there was killed",
    async () => {
      await using made = disposable();
      const { world } = made;
      const config = (command: string) =>
        world.writeConfig(`name = "demo"\n[tasks]\nweb = ${JSON.stringify(command)}\n`);
      // proc(5): after the name and the state come parent, group, session, terminal and its foreground group.
      const groupsOf = (pid: number) => {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return { own: fields[2], foreground: fields[5] };
      };
      config("exec bash --norc -ic 'sleep 4008; :'");
      await ask(world, "start");
      const { pid } = await statusOf(world, "web");
      const session = `${readFileSync(`/proc/${pid}/stat`, "latin1").split(" ")[5]}`;
      await eventually(() => groupsOf(pid).foreground !== session);
      signal(pid, "SIGKILL");
      await eventually(async () => (await statusOf(world, "web")).state === "failed");
      config("exec sleep 4009");
      await ask(world, "start");
      const { own, foreground } = groupsOf((await statusOf(world, "web")).pid);
      expect(foreground).toBe(own);
    },
    LIMIT,
  );

  test(
    "a status asks ps once for all tasks; a start and a stop ask a few times",
    async () => {
      await using made = disposable();
      const { world, calls } = made;
      const tasks = Array.from({ length: 10 }, (_, at) => `t${at} = "exec sleep 4006"`);
      world.writeConfig(`name = "demo"\n[tasks]\n${tasks.join("\n")}\n`);
      await ask(world, "start");
      // The hub asks for its own start time.
      const record = join(world.home, ".taskmux/run/demo/log-hub");
      await eventually(() => /^hub \d/m.test(readFileSync(record, "utf8")));
      const start = calls();
      expect((await ask(world, "status")).result.tasks).toHaveLength(10);
      const status = calls();
      await ask(world, "stop");
      const stop = calls();
      // Each launch's script asks once more, for its two start times, and each pipe's.
      const ofTaskmux = (called: string[]) =>
        called.filter((call) => isPs(call) && !call.includes("-p")).length;
      expect(ofTaskmux(status)).toBe(1);
      // While something is waited for it asks again: on a busy machine more often, but never for each task.
      expect(ofTaskmux(start)).toBeLessThan(50);
      expect(ofTaskmux(stop)).toBeLessThan(100);
    },
    LIMIT,
  );

  test(
    "another project's server on a task's port is left alone, with its directory; the project's own orphan is ended",
    async () => {
      await using made = disposable();
      await using ports = listening();
      const { world } = made;
      const portForTask = () => {
        const port = ports.freePort();
        const task = `[tasks.web]\nport = ${port}\ncommand = "exec sleep 4007"`;
        world.writeConfig(`name = "demo"\n${task}\n`);
        return port;
      };
      const server = await ports.listen(portForTask(), { isOrphan: true });
      const refused = await ask(world, "start");
      expect(refused.result).toMatchObject({ ok: false, error_code: "E220" });
      const directory = realpathSync(ports.directory);
      expect(refused.result.error).toMatch(
        new RegExp(`held by pid ${server} \\(.*\\) in ${directory}, `),
      );
      expect(isAlive(server)).toBe(true);
      const orphan = await ports.listen(portForTask(), { isOrphan: true, cwd: world.project });
      expect((await ask(world, "start")).result).toMatchObject({ ok: true, tasks: ["web"] });
      expect(isAlive(orphan)).toBe(false);
    },
    LIMIT,
  );
});

function disposable() {
  const made = createDarwinWorld();
  return { ...made, [Symbol.asyncDispose]: () => made.world.dispose() };
}
