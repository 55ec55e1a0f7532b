import { join } from "node:path";
import { fromNpm } from "./install.ts";
import type { Peer, PeerTask } from "./peer.ts";

const VERSION = "7.0.4";

/** The path of pm2; throws a `NotToBeHad`. */
export const pm2Program = async (cache: string): Promise<string> =>
  join(await fromNpm(cache, "pm2", VERSION), "node_modules/.bin/pm2");

export const pm2: Peer = {
  name: "pm2",
  async install(cache) {
    const program = await pm2Program(cache);
    return {
      version: VERSION,
      files: (tasks) => ({ "ecosystem.config.js": configOf(tasks) }),
      start: [program, "start", "ecosystem.config.js"],
      startThen: "returns",
      stop: [program, "kill"],
      status: [program, "jlist"],
      tail: {
        argv: [program, "logs", "task0", "--lines", "100", "--nostream"],
        log: ".pm2/logs/task0-out.log",
      },
      restarts: true,
      waitsUntilReady: { lacks: "its processes have no dependencies" },
      remarks: ["Its `start` begins with the start of its daemon, its `kill` ends that too."],
    };
  },
};

/** A process that ends within a second counts as one that can't start: none of these does. */
function configOf(tasks: readonly PeerTask[]): string {
  const apps = tasks.map(({ name, script }) => ({
    name,
    script,
    interpreter: "/bin/sh",
    max_restarts: 1000,
  }));
  return `module.exports = ${JSON.stringify({ apps })};\n`;
}
