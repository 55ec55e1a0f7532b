import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { builtAsDarwin } from "./binary.ts";
import { createDarwinWorld } from "./darwin.ts";
import { eventually } from "./eventually.ts";
import { processesWith, signal } from "./processes.ts";
import { makeSetsid } from "./setsid.ts";
import { createWorld, type World } from "./world.ts";

const argumentsOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
};

const sleepsOf = (pids: number[]): string[] =>
  pids
    .map(argumentsOf)
    .filter((text) => text.startsWith("sleep "))
    .toSorted();

/** In a process of its own, whose PATH is the world's: other tests of this one have theirs. */
async function found(world: World, entry: string, path?: string): Promise<number[]> {
  const module = JSON.stringify(join(import.meta.dirname, "mac-processes.ts"));
  const call = `macProcessesWith(${JSON.stringify(entry)}, ${JSON.stringify(path)})`;
  const script = `import { macProcessesWith } from ${module}; console.log(JSON.stringify(${call}));`;
  const { stdout } = await world.runProgram([process.execPath, "-e", script], { cwd: "/" });
  return JSON.parse(stdout);
}

// Built before the tests' time runs.
if (process.platform === "linux") builtAsDarwin();

test.skipIf(process.platform !== "linux")(
  "where environments are hidden, a world's and a task's processes are found all the same",
  async () => {
    const { world } = createDarwinWorld();
    await using _world = world;
    world.writeConfig('name = "demo"\n[tasks]\nweb = "(sleep 4021 &); exec sleep 4022"\n');
    await world.run(["start"]);
    const orphan = 'setsid sh -c "sleep 4023 & exit" </dev/null >/dev/null 2>&1 &';
    await world.runProgram(["sh", "-c", orphan]);
    const stranger = Bun.spawn(["sleep", "4024"], { cwd: "/" });
    try {
      const mark = `TASKMUX_TEST_WORLD=${world.root}`;
      const all = ["sleep 4021", "sleep 4022", "sleep 4023"];
      await eventually(() => sleepsOf(processesWith(mark)).join() === all.join());
      const ours = await found(world, mark, world.root);
      expect(sleepsOf(ours)).toEqual(all);
      const ofTask = await found(world, "TASKMUX_TASK=web");
      expect(sleepsOf(ofTask.filter((pid) => ours.includes(pid)))).toEqual(all.slice(0, 2));
    } finally {
      signal(stranger.pid, "SIGKILL");
    }
  },
);

test.skipIf(Bun.which("perl") === null)(
  "the stand-in for setsid runs a program in a session of its own, also if it leads its group",
  async () => {
    await using world = createWorld();
    const setsid = join(makeSetsid(world.root), "setsid");
    const libc = JSON.stringify(join(import.meta.dirname, "../../src/adapters/system/libc.ts"));
    const show = `import { sessionOf } from ${libc}; console.log(sessionOf(process.pid) === process.pid);`;
    for (const before of ["", "exec "]) {
      const argv = ["sh", "-c", `${before}"$@"`, "sh", setsid, process.execPath, "-e", show];
      expect(await world.runProgram(argv)).toMatchObject({ stdout: "true\n" });
    }
  },
);
