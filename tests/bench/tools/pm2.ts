import { join } from "node:path";
import { fromNpm } from "./install.ts";
import type { BenchTask, Candidate } from "./tool.ts";

const VERSION = "7.0.4";

export const pm2: Candidate = {
  kind: "peer",
  name: "pm2",
  async install(cache) {
    const directory = await fromNpm(cache, "pm2", VERSION);
    const program = join(directory, "node_modules/.bin/pm2");
    return {
      version: VERSION,
      files: (tasks) => ({ "ecosystem.config.js": configOf(tasks) }),
      start: [program, "start", "ecosystem.config.js"],
      startThen: "returns",
      stop: [program, "kill"],
      sayVersion: [[program, "--version"]],
      status: [[program, "jlist"]],
      tail: {
        argv: [program, "logs", "task0", "--lines", "100", "--nostream"],
        log: ".pm2/logs/task0-out.log",
      },
      follow: [program, "logs", "task0", "--raw", "--lines", "0"],
      logs: ".pm2/logs",
      restarts: true,
      waitsUntilReady: { lacks: "its processes have no dependencies" },
      replacesLogWriters: { lacks: "its daemon writes all itself" },
      remarks: ["Its `start` begins with the start of its daemon, its `kill` ends that too."],
    };
  },
};

/** A process that ends within a second counts as one that can't start: none of these does. */
function configOf(tasks: readonly BenchTask[]): string {
  const apps = tasks.map(({ name, script }) => ({
    name,
    script,
    interpreter: "/bin/sh",
    max_restarts: 1000,
  }));
  return `module.exports = ${JSON.stringify({ apps })};\n`;
}
