import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** Runs taskmux below a shell that has set limits of open files. */
const below = (world: World, limits: string, ...args: string[]) =>
  world.runProgram(["/bin/sh", "-c", `${limits}; "$@"; exit $?`, "sh", builtBinary(), ...args]);

const read = (world: World, name: string): string =>
  readFileSync(join(world.project, name), "utf8").trim();
const recorded = async (world: World, name: string): Promise<string> =>
  eventually(() => read(world, name) || null);

const CONFIG = `name = "demo"
[tasks.web]
command = "ulimit -Sn >task.txt; ulimit -Hn >hard.txt; exec sleep 1000"
health_check = "ulimit -Sn >check.txt"
[tasks.web.hooks]
before_start = "ulimit -Sn >hook.txt"
`;

// Bun raises its own soft limit to the hard one before any line of taskmux runs. Where there is no /proc nobody tells what it was.
test.skipIf(process.platform !== "linux")(
  "a task, its hooks and checks, and a tmux server that is started, get the caller's limit of open files",
  async () => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    expect((await below(world, "ulimit -Sn 700", "start", "--wait")).exitCode).toBe(0);
    expect(await recorded(world, "task.txt")).toBe("700");
    expect(await recorded(world, "hook.txt")).toBe("700");
    expect(await recorded(world, "check.txt")).toBe("700");
    const server = await world.tmux("display-message", "-p", "#{pid}");
    const limits = readFileSync(`/proc/${server}/limits`, "utf8");
    expect(/Max open files +(\d+)/.exec(limits)?.[1]).toBe("700");
  },
);

test.skipIf(process.platform !== "linux")(
  "a task in a server that has another limit gets the caller's, and a relaunch the same again",
  async () => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    await world.tmux("-f", "/dev/null", "new-session", "-d", "-s", "mine", "sleep 1000");
    await below(world, "ulimit -Sn 701", "start");
    expect(await recorded(world, "task.txt")).toBe("701");
    world.write("task.txt", "");
    const monitor = world.spawn(["start", "-m"]);
    // Before that its own start would launch the task, with its own limit.
    await eventually(() => monitor.stdout().includes("already running: web"));
    process.kill((await statusOf(world, "web")).pid, "SIGKILL");
    expect(await recorded(world, "task.txt")).toBe("701");
  },
);

test.skipIf(process.platform !== "linux")(
  "where a wrapper has set hard and soft limit, that is the caller's",
  async () => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    const wrapper = ["/bin/sh", "-c", 'ulimit -n 900; exec "$@"', "sh", builtBinary(), "start"];
    await world.runProgram(["/bin/sh", "-c", 'ulimit -Sn 400; "$@"; exit $?', "sh", ...wrapper]);
    expect(await recorded(world, "task.txt")).toBe("900");
    expect(await recorded(world, "hard.txt")).toBe("900");
  },
);
