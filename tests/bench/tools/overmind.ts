import { fromGo } from "./install.ts";
import type { Candidate } from "./tool.ts";

const VERSION = "2.5.1";
const MODULE = "github.com/DarthSim/overmind/v2";

export const overmind: Candidate = {
  kind: "peer",
  name: "overmind",
  async install(cache) {
    const program = await fromGo(cache, "overmind", VERSION, { module: MODULE, command: MODULE });
    return {
      version: VERSION,
      files: (tasks) => ({
        Procfile: tasks.map(({ name, script }) => `${name}: ${script}\n`).join(""),
      }),
      start: [program, "start", "-D", "-r", "all"],
      startThen: "returns",
      stop: [program, "quit"],
      sayVersion: [[program, "--version"]],
      status: [[program, "status"]],
      tail: { lacks: "it shows output as it comes (`echo`) and keeps none" },
      follow: [program, "echo"],
      logs: { lacks: "it keeps no logs" },
      restarts: true,
      waitsUntilReady: { lacks: "a Procfile has no dependencies" },
      replacesLogWriters: { lacks: "it keeps no logs" },
      remarks: [
        "It looks whether a task's shell exists. One that tmux has not reaped yet passes for running (seen with tmux 3.3a), and is not restarted: that is a failed round of crashes here.",
      ],
    };
  },
};
