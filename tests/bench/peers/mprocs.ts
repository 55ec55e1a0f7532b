import { fromNpm, step } from "./install.ts";
import type { Peer, PeerTask } from "./peer.ts";

const VERSION = "0.9.6";

export const mprocs: Peer = {
  name: "mprocs",
  async install(cache) {
    const directory = await fromNpm(cache, "mprocs", VERSION);
    const program = await step(["node", "-p", 'require("mprocs")'], directory);
    const address = `127.0.0.1:${freePort()}`;
    return {
      version: VERSION,
      files: (tasks) => ({ "mprocs.yaml": configOf(tasks, address) }),
      start: [program.trim()],
      startThen: "stays on a terminal",
      stop: [program.trim(), "--server", address, "--ctl", "{c: quit}"],
      status: { lacks: "its status is its screen" },
      tail: { lacks: "it writes log files where told to, and shows what its screen holds" },
      restarts: true,
      waitsUntilReady: { lacks: "its `deps` know no check of readiness" },
      remarks: ["The program itself runs, without the Node.js wrapper of the npm package."],
    };
  },
};

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  server.stop(true);
  return server.port;
}

const configOf = (tasks: readonly PeerTask[], address: string): string => {
  const blocks = tasks.map(
    ({ name, script }) => `  ${name}:\n    shell: "${script}"\n    autorestart: true\n`,
  );
  return `server: "${address}"\nprocs:\n${blocks.join("")}`;
};
