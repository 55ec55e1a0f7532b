import { fromGo } from "./install.ts";
import type { Peer } from "./peer.ts";

const VERSION = "2.5.1";
const module = "github.com/DarthSim/overmind/v2";

export const overmind: Peer = {
  name: "overmind",
  async install(cache) {
    const program = await fromGo(cache, "overmind", VERSION, { module, command: module });
    return {
      version: VERSION,
      files: (tasks) => ({
        Procfile: tasks.map(({ name, script }) => `${name}: ${script}\n`).join(""),
      }),
      start: [program, "start", "-D", "-r", "all"],
      startThen: "returns",
      stop: [program, "quit"],
      status: [program, "status"],
      tail: { lacks: "it shows output as it comes (`echo`) and keeps none" },
      restarts: true,
      waitsUntilReady: { lacks: "a Procfile has no dependencies" },
      remarks: [
        "It looks whether a task's shell exists. One that tmux has not reaped yet passes for running (seen with tmux 3.3a), and is not restarted: that is a failed round of crashes here.",
      ],
    };
  },
};
