import { expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { placeLiveSession, placeState } from "../helpers/state-0.1.0.ts";
import { createWorld, type World } from "../helpers/world.ts";

interface Row {
  name: string;
  state: string;
  want: string;
  pid: number | null;
  exit_code: number | null;
  exit_signal: string | null;
}

async function answer(world: World, line: string) {
  const { stdout } = await world.run([...line.split(" "), "--json"]);
  return JSON.parse(stdout);
}

async function rows(world: World): Promise<Map<string, Row>> {
  const { tasks }: { tasks: Row[] } = await answer(world, "status");
  return new Map(tasks.map((row) => [row.name, row]));
}

/** State, want and end of each task. */
const brief = (tasks: Map<string, Row>): string[] =>
  [...tasks.values()].map(({ name, state, want, exit_code, exit_signal }) =>
    [name, state, want, exit_code ?? exit_signal ?? "-"].join(" "),
  );

const logOf = async (world: World, task: string): Promise<string[]> =>
  (await world.run(["logs", task, "-n", "100"])).stdout.trimEnd().split("\n");

/** A line without its time, pid and duration. */
const textOf = (line: string): string =>
  line
    .slice(24)
    .replace(/pid \d+/, "pid N")
    .replace(/\d+\.\ds$/, "N s");

const OLD_LINES = [
  '2026-01-15T10:16:00.726 [taskmux] started pid 6187: echo "web serves $SHOP"; exec sleep 100000',
  "2026-01-15T10:16:00.726 web serves from the file",
  "2026-01-15T10:16:02.098 [taskmux] ended by SIGINT after 1.4s",
  '2026-01-15T10:16:02.139 [taskmux] started pid 6632: echo "web serves $SHOP"; exec sleep 100000',
  "2026-01-15T10:16:02.139 web serves from the file",
];

const NEW_RUN = [
  '[taskmux] started pid N: echo "web serves $SHOP"; exec sleep 100000',
  "web serves from the file",
];

test("the config and state directory of 0.1.0 are taken over after a reboot", async () => {
  await using world = createWorld();
  await placeState(world);
  expect((await answer(world, "check")).ok).toBe(true);
  expect(brief(await rows(world))).toEqual([
    "db failed up -",
    "migrate stopped up 0",
    "web failed up -",
    "worker failed up 3",
    "cron stopped down SIGINT",
  ]);
  expect(await logOf(world, "web")).toEqual(OLD_LINES);
  expect((await answer(world, "events")).events).toHaveLength(8);
  expect(await answer(world, "why worker")).toMatchObject({
    state: "failed",
    last_exit: { at: "2026-01-15T10:16:02.200Z", exit_code: 3 },
  });

  expect(await answer(world, "start")).toMatchObject({ ok: true, tasks: ["db", "migrate", "web"] });
  expect(brief(await rows(world))).toEqual([
    "db running up -",
    "migrate exited up 0",
    "web running up -",
    "worker failed up 3",
    "cron stopped down SIGINT",
  ]);
  const lines = await eventually(async () => {
    const all = await logOf(world, "web");
    expect(all).toHaveLength(OLD_LINES.length + 2);
    return all;
  });
  expect(lines.slice(0, 5)).toEqual(OLD_LINES);
  expect(lines.slice(5).map(textOf)).toEqual(NEW_RUN);
  expect(await answer(world, "stop")).toMatchObject({ ok: true, tasks: ["db", "web"] });
});

test("a running session of 0.1.0 is taken over: its processes, windows and logs", async () => {
  await using world = createWorld();
  await placeLiveSession(world);
  const before = await rows(world);
  expect(brief(before)).toEqual([
    "db running up -",
    "migrate exited up 0",
    "web running up -",
    "worker failed up 3",
    "cron stopped down SIGINT",
  ]);
  const { pid } = before.get("web")!;
  expect(isAlive(pid!)).toBe(true);
  expect(await answer(world, "start")).toMatchObject({ ok: true, tasks: [] });
  const panes = await world.tmux("list-panes", "-a", "-F", "#{pane_id} #{pane_pid}");

  expect(await answer(world, "restart web")).toMatchObject({ ok: true });
  expect(isAlive(pid!)).toBe(false);
  // On a busy machine it may live longer than it takes to count as running.
  await eventually(async () => (await answer(world, "start worker")).error_code === "E215");
  expect(await answer(world, "start cron")).toMatchObject({ ok: true });
  expect(await world.tmux("list-panes", "-a", "-F", "#{pane_id} #{pane_pid}")).toBe(panes);
  const lines = await eventually(async () => {
    const all = await logOf(world, "web");
    expect(all).toHaveLength(OLD_LINES.length + 5);
    return all;
  });
  expect(lines.slice(5).map(textOf)).toEqual([
    ...NEW_RUN,
    "[taskmux] stopped by SIGINT after N s",
    ...NEW_RUN,
  ]);

  const running = [...(await rows(world)).values()].flatMap((row) => row.pid ?? []);
  expect(running).toHaveLength(3);
  expect(await answer(world, "stop")).toMatchObject({ ok: true, tasks: ["db", "web", "cron"] });
  expect(running.filter(isAlive)).toEqual([]);
});
