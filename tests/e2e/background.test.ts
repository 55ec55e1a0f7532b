import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, processesOf, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** Leaves a server of its own behind, and ends with 0. */
const DAEMONIZES = "setsid sleep 4011 </dev/null >/dev/null 2>&1 &";

const config = (command: string, fields = ""): string =>
  `name = "demo"\n[tasks.db]\ncommand = "${command}"\nstop_grace_period = 0.1\n${fields}\n`;

async function events(world: World): Promise<any[]> {
  return (await ask(world, "events")).result.events;
}

test.each(["start db", "start db --wait"])(
  "`%s` of a command that goes to the background fails, and says what it left",
  async (line) => {
    await using world = createWorld();
    world.writeConfig(config(DAEMONIZES));
    // On a busy machine the command may still run when a start without --wait has seen it live for a moment, and what it
    // leaves may not have become its program.
    const result = await eventually(async () => {
      const { result } = await ask(world, line);
      return !result.ok && result.error.includes("(sleep 4011)") && result;
    });
    const item = await statusOf(world, "db");
    expect(item).toMatchObject({ state: "exited", want: "up", exit_code: 0, healthy: false });
    const [left] = item.left;
    expect(item.left).toEqual([{ pid: left.pid, command: "sleep 4011", ports: [] }]);
    expect(result).toMatchObject({
      ok: false,
      error_code: "E217",
      error: `Task 'db' went to the background: its command exited with status 0 and left pid ${left.pid} (sleep 4011) running`,
      hint: "Run it in the foreground: the same command, without & at its end",
    });
    expect(await events(world)).toContainEqual(
      expect.objectContaining({ event: "task_detached", task: "db", pids: [left.pid] }),
    );

    const { result: why } = await ask(world, "why db");
    expect(why).toMatchObject({ state: "exited", left: item.left });
    expect(why.causes).toContain(
      `it went to the background: its command exited with status 0 and left pid ${left.pid} (sleep 4011) running`,
    );
    expect(why.hint).toContain("without & at its end");
    expect((await world.run(["status"])).stdout).toContain("went to the background");

    // It is the task's all the same.
    await ask(world, "stop db");
    expect(isAlive(left.pid)).toBe(false);
    expect(await statusOf(world, "db")).toMatchObject({ state: "stopped", left: [] });
  },
);

/** The first processor that this process may use. */
const processor = (): string =>
  /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))![1]!;

test.skipIf(process.platform !== "linux")(
  "a start --wait notices it even if the command waits long for a processor",
  async () => {
    await using world = createWorld();
    const starved = `exec taskset -c ${processor()} chrt --idle 0 sh -c '${DAEMONIZES}'`;
    world.writeConfig(config(starved));
    const hog = Bun.spawn(["taskset", "-c", processor(), "sh", "-c", "while :; do :; done"]);
    // On a busy machine it would take all the test's time.
    const ending = setTimeout(() => hog.kill("SIGKILL"), 5000);
    try {
      const { result } = await ask(world, "start db --wait --timeout=600");
      expect(result).toMatchObject({ ok: false, error_code: "E217" });
    } finally {
      clearTimeout(ending);
      hog.kill("SIGKILL");
      await hog.exited;
    }
  },
);

test("a wait for a task that goes to the background later ends with the reason", async () => {
  await using world = createWorld();
  world.writeConfig(config(`sleep 0.5; ${DAEMONIZES}`, 'health_check = "false"'));
  await ask(world, "start db");
  const { result } = await ask(world, "wait db");
  expect(result).toMatchObject({ ok: false, error_code: "E217", timed_out: false });
  expect(result.results[0].reason).toStartWith("went to the background: ");
});

test.each([
  ["a job", DAEMONIZES, "oneshot = true"],
  ["a command that leaves nothing", "true", ""],
  ["a process that was started to outlive it", `TASKMUX_RUN= ${DAEMONIZES}`, ""],
])("%s has not gone to the background", async (_, command, fields) => {
  await using world = createWorld();
  world.writeConfig(config(command, fields));
  expect((await ask(world, "start db --wait")).result.error_code ?? "none").not.toBe("E217");
  expect(await statusOf(world, "db")).toMatchObject({ state: "exited", left: [] });
  const kinds = (await events(world)).map(({ event }) => event);
  expect(kinds).not.toContain("task_detached");
});

test.each([
  ["at its start", false],
  ["later", true],
])("a monitor records once that a task went to the background %s", async (_, isLate) => {
  await using world = createWorld();
  const waits = isLate ? "while [ ! -e go ]; do sleep 0.05; done; " : "";
  world.writeConfig(config(`${waits}${DAEMONIZES}`));
  const monitor = world.spawn(["start", "-m"]);
  if (isLate) await eventually(async () => (await statusOf(world, "db")).pid);
  world.write("go", "");
  const detached = async () =>
    (await events(world)).filter(({ event }: { event: string }) => event === "task_detached");
  await eventually(async () => (await detached()).length === 1);
  const [{ pids }] = await detached();
  expect(processesOf(world, "db")).toContain(pids[0]);
  monitor.signal("SIGINT");
  await monitor.ended();
  expect(await detached()).toHaveLength(1);
});
