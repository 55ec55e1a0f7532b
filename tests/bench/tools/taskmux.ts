import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../../helpers/binary.ts";
import type { BenchTask, Candidate, Tool } from "./tool.ts";

/** The taskmux of this tree: with a monitor, with nothing but its log writers, and with a daemon. */
export const ours = (directory: string): Candidate[] =>
  rowsOf("ours", "", copied(builtBinary(), join(directory, "ours")));

/** The rows of an earlier taskmux, the program at `binary`. */
export const earlier = (directory: string, binary: string): Candidate[] =>
  rowsOf("before", "before: ", copied(binary, join(directory, "before")));

/**
 * Of a file that was written in one go, more pages are in the page cache, and are mapped, than of one that was read page by
 * page: 7 MB of one taskmux. So both are new files.
 */
function copied(binary: string, directory: string): string {
  mkdirSync(directory);
  copyFileSync(binary, join(directory, "taskmux"));
  return join(directory, "taskmux");
}

const rowsOf = (kind: "ours" | "before", prefix: string, binary: string): Candidate[] => [
  { kind, name: `${prefix}taskmux`, install: async () => toolOf(binary) },
  { kind, name: `${prefix}taskmux, no monitor`, install: async () => unmonitored(binary) },
  { kind, name: `${prefix}taskmux, daemon`, install: async () => withDaemon(binary) },
];

const toolOf = (binary: string): Tool => ({
  version: versionOf(binary),
  files: (tasks) => ({ "taskmux.toml": configOf(tasks) }),
  start: [binary, "start", "-m", "--json"],
  startThen: "stays",
  stop: [binary, "stop", "--json"],
  sayVersion: [[binary, "--version"]],
  status: [[binary, "status", "--json"]],
  tail: { argv: [binary, "logs", "task0", "-n", "100"], log: ".taskmux/logs/bench/task0.log" },
  follow: [binary, "logs", "task0", "-f", "--raw"],
  logs: ".taskmux/logs/bench",
  restarts: true,
  waitsUntilReady: true,
  replacesLogWriters: true,
  remarks: [],
});

/** Where it doesn't matter whether a monitor or a daemon runs. */
const SKIPS = {
  measures: ["crashes", "readiness", "tail", "follow", "flood", "bulk", "chatter", "loss"],
  lacks: "as with a monitor",
};

const unmonitored = (binary: string): Tool => ({
  ...toolOf(binary),
  skips: SKIPS,
  start: [binary, "start", "--json"],
  startThen: "returns",
  remarks: ["`taskmux start` alone: of taskmux, only what writes the logs keeps running."],
});

const withDaemon = (binary: string): Tool => ({
  ...toolOf(binary),
  skips: SKIPS,
  start: ["sh", "-c", `"$0" daemon --detach --port 0 --json && exec "$0" start --json`, binary],
  startThen: "returns",
  remarks: ["Its `start` is `taskmux daemon --detach`, then `taskmux start`."],
});

const versionOf = (binary: string): string =>
  Bun.spawnSync([binary, "--version"]).stdout.toString().trim().split(" ").at(-1)!;

/** The Python program reads the same file, so it must hold nothing that only one of them knows. */
export function configOf(tasks: readonly BenchTask[]): string {
  return `name = "bench"\n${tasks.map(blockOf).join("")}`;
}

const blockOf = ({ name, script, ready, dependsOn }: BenchTask): string => `
[tasks.${name}]
command = "${script}"
restart_policy = "always"
max_restarts = 1000
restart_backoff = 0.001
${ready ? `health_check = "${ready}"\nhealth_interval = 1\n` : ""}${dependsOn ? `depends_on = ["${dependsOn}"]\n` : ""}`;
