import { join } from "node:path";
import { installed, step } from "./install.ts";
import type { Candidate } from "./tool.ts";
import { configOf } from "./taskmux.ts";

const VERSION = "0.4.0";

export const pythonTaskmux: Candidate = {
  kind: "peer",
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
      // As in an activated environment: its log writers are the `python3` of PATH.
      start: [
        "env",
        `PATH=${join(directory, "bin")}:${process.env["PATH"]}`,
        program,
        "start",
        "-m",
      ],
      startThen: "stays",
      stop: [program, "--json", "stop"],
      sayVersion: [[program, "--version"]],
      status: [[program, "--json", "status"]],
      tail: { argv: [program, "logs", "task0", "-n", "100"], log: ".taskmux/logs/bench/task0.log" },
      follow: [program, "logs", "task0", "-f"],
      logs: ".taskmux/logs/bench",
      skips: {
        measures: ["50 tasks", "idle", "bulk", "chatter"],
        lacks: "left out: its starts take long",
      },
      restarts: { lacks: "its monitor looks every 30 s, so that a relaunch takes up to 30 s" },
      waitsUntilReady: true,
      replacesLogWriters: { lacks: "it doesn't start another log writer" },
      remarks: ["Its shortest time between two looks at readiness is 1 s."],
    };
  },
};
