import { fromNpm, step } from "./install.ts";
import type { BenchTask, Candidate } from "./tool.ts";

const VERSION = "0.9.6";

export const mprocs: Candidate = {
  kind: "peer",
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
      sayVersion: [[program.trim(), "--version"]],
      status: { lacks: "its status is its screen" },
      tail: { lacks: "it shows what its screen holds" },
      follow: { lacks: "its output is its screen" },
      logs: { lacks: "it writes log files only with `--log-dir`" },
      restarts: true,
      waitsUntilReady: { lacks: "its `deps` know no check of readiness" },
      replacesLogWriters: { lacks: "it writes all itself" },
      remarks: ["The program itself runs, without the Node.js wrapper of the npm package."],
    };
  },
};

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  server.stop(true);
  return server.port;
}

const configOf = (tasks: readonly BenchTask[], address: string): string => {
  const blocks = tasks.map(
    ({ name, script }) => `  ${name}:\n    shell: "${script}"\n    autorestart: true\n`,
  );
  return `server: "${address}"\nprocs:\n${blocks.join("")}`;
};
