import { fromGo } from "./install.ts";
import type { BenchTask, Candidate } from "./tool.ts";

const VERSION = "1.64.1";
const MODULE = "github.com/f1bonacc1/process-compose";

export const processCompose: Candidate = {
  kind: "peer",
  name: "process-compose",
  async install(cache) {
    const at = { module: MODULE, command: `${MODULE}/src` };
    const program = await fromGo(cache, "process-compose", VERSION, at);
    const own = ["--use-uds", "--unix-socket", "pc.sock", "--log-file", "pc.log"];
    return {
      version: VERSION,
      files: (tasks) => ({ "process-compose.yaml": configOf(tasks) }),
      start: [program, "up", "-D", ...own],
      startThen: "returns",
      stop: [program, "down", ...own],
      sayVersion: [[program, "version"]],
      status: [[program, "process", "list", "-o", "json", ...own]],
      tail: { argv: [program, "process", "logs", "task0", "-n", "100", ...own], log: null },
      follow: [program, "process", "logs", "task0", "-f", "-n", "1", ...own],
      logs: {
        lacks: "it keeps the newest lines in its memory, and files only where a config asks",
      },
      restarts: true,
      waitsUntilReady: true,
      replacesLogWriters: { lacks: "its server holds all itself" },
      remarks: [
        "It restarts after `backoff_seconds` and probes every `period_seconds`, whole seconds both: 1 is the least, and what was set.",
        "Its `process logs` shows the last lines (1000 unless told otherwise) from the server's memory, so no file is read: not comparable with reading 500 MB.",
      ],
    };
  },
};

const configOf = (tasks: readonly BenchTask[]): string =>
  `version: "0.5"\nlog_level: error\nprocesses:\n${tasks.map(blockOf).join("")}`;

const blockOf = ({ name, script, ready, dependsOn }: BenchTask): string => `
  ${name}:
    command: "${script}"
    availability: { restart: always, backoff_seconds: 1 }
${ready ? `    readiness_probe: { exec: { command: "${ready}" }, period_seconds: 1, initial_delay_seconds: 0, failure_threshold: 1000 }\n` : ""}${dependsOn ? `    depends_on: { ${dependsOn}: { condition: process_healthy } }\n` : ""}`;
