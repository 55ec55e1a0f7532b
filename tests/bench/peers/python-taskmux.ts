import { join } from "node:path";
import { installed, step } from "./install.ts";
import type { Peer } from "./peer.ts";
import { configOf } from "./taskmux.ts";

const VERSION = "0.4.0";

export const pythonTaskmux: Peer = {
  name: "python-taskmux",
  async install(cache) {
    const directory = await installed(cache, `python-taskmux-${VERSION}`, async (directory) => {
      await step(["python3", "-m", "venv", directory], directory);
      const pip = join(directory, "bin/pip");
      await step([pip, "install", "--no-cache-dir", `taskmux==${VERSION}`], directory);
    });
    const program = join(directory, "bin/taskmux");
    return {
      version: VERSION,
      files: (tasks) => ({ "taskmux.toml": configOf(tasks) }),
      start: [program, "start", "-m"],
      startThen: "stays",
      stop: [program, "--json", "stop"],
      status: [program, "--json", "status"],
      tail: { argv: [program, "logs", "task0", "-n", "100"], log: ".taskmux/logs/bench/task0.log" },
      restarts: true,
      waitsUntilReady: true,
      remarks: [
        "Its monitor looks every 30 s: a crash to relaunch takes 0 to 30 s. Its shortest time between two looks at readiness is 1 s.",
      ],
    };
  },
};
