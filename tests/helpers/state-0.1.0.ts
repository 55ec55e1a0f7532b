import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtBinary } from "./binary.ts";
import { eventually } from "./eventually.ts";
import type { World } from "./world.ts";

const FIXTURE = join(import.meta.dirname, "../fixtures/state-0.1.0.txt");

const RECORDED_AT = new Date("2026-01-15T10:16:02.200Z");

const TASKS = ["db", "migrate", "web", "worker", "cron"];

/** Puts the project and the state directory of 0.1.0 into a world, as they are after a reboot. */
export async function placeState(world: World): Promise<void> {
  for (const [path, text] of fixtureFiles(world)) {
    const target = join(world.root, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    writeFileSync(target, text, { mode: 0o600 });
    // The time of a record's last line is that of its file.
    utimesSync(target, RECORDED_AT, RECORDED_AT);
  }
  for (const task of TASKS)
    await world.runProgram(["mkfifo", "-m", "600", `${taskDirectory(world, task)}/go`]);
}

/**
 * Puts the same session into a world, alive: its windows have launchers of 0.1.0, whose log writers run the program that is
 * at the place of 0.1.0 now. The last launch of each task that is wanted up is repeated.
 */
export async function placeLiveSession(world: World): Promise<void> {
  await placeState(world);
  for (const [index, task] of TASKS.entries()) {
    const launcher = ["/bin/sh", `${runDirectory(world)}/launcher.sh`, taskDirectory(world, task)];
    const opening = index === 0 ? ["new-session", "-s", "shop"] : ["new-window", "-t", "shop:"];
    await world.tmux(...opening, "-d", "-n", task, ...launcher);
    await world.tmux("set-option", "-p", "-t", `shop:${task}`, "@taskmux_task", task);
    const pipe = `set -- ${taskDirectory(world, task)}; . ${runDirectory(world)}/log-pipe.sh`;
    await world.tmux("pipe-pane", "-o", "-t", `shop:${task}`, pipe);
  }
  const mark = Buffer.from(join(world.project, "taskmux.toml")).toString("hex");
  await world.tmux("set-option", "-t", "shop", "@taskmux_config", mark);
  const [socket, pid, startTime] = (
    await world.tmux("display-message", "-p", "#{socket_path} #{pid} #{start_time}")
  ).split(" ");
  writeFileSync(
    join(runDirectory(world), "server.json"),
    JSON.stringify({ socket, pid: Number(pid), startTime }),
  );
  for (const task of ["db", "migrate", "web", "worker"]) await launch(world, task);
}

/** As a command of 0.1.0 did: through the launcher's FIFO. */
async function launch(world: World, task: string): Promise<void> {
  const directory = taskDirectory(world, task);
  const read = (name: string) => JSON.parse(readFileSync(join(directory, name), "utf8"));
  const { run } = read("state.json");
  writeFileSync(join(directory, "record"), "");
  writeFileSync(join(directory, "go"), `launch ${run} ${read("writer.json").key}\n`);
  await eventually(() =>
    readFileSync(join(directory, "record"), "utf8").startsWith(`start ${run}`),
  );
}

const runDirectory = (world: World): string => join(world.home, ".taskmux/run/shop");

const taskDirectory = (world: World, task: string): string =>
  join(runDirectory(world), "tasks", task);

/** Path below the world, and text, of each file in the fixture. */
function fixtureFiles(world: World): [path: string, text: string][] {
  const places: Record<string, string> = {
    HOME: world.home,
    PROJECT: world.project,
    SOCKETS: world.env["TMUX_TMPDIR"]!,
    TASKMUX: builtBinary(),
  };
  const text = readFileSync(FIXTURE, "utf8").replace(/@([A-Z]+)@/g, (_, name) => places[name]!);
  return text
    .split(/^=== /m)
    .slice(1)
    .map((file) => {
      const [head = "", ...lines] = file.split("\n");
      const [, path = "", cut] = head.match(/^(\S+)( .*)?$/)!;
      const content = lines.join("\n");
      return [path.replace(/^state/, "home/.taskmux"), cut ? content.slice(0, -1) : content];
    });
}
