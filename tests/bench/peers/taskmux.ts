import { version } from "../../../package.json";
import { builtBinary } from "../../helpers/binary.ts";
import type { Peer, PeerTask, Tool } from "./peer.ts";

/** The two sizes in which taskmux supervises, and doesn't. */
export const taskmux: Peer = {
  name: "taskmux",
  install: async () => toolOf(["start", "-m", "--json"], "stays"),
};

export const unmonitored: Peer = {
  name: "taskmux, no monitor",
  install: async () => ({
    ...toolOf(["start", "--json"], "returns"),
    restarts: { lacks: "restarts are the monitor's work" },
    remarks: ["`taskmux start` alone: nothing of taskmux runs on but a log writer for each task."],
  }),
};

const toolOf = (start: string[], startThen: Tool["startThen"]): Tool => ({
  version,
  files: (tasks) => ({ "taskmux.toml": configOf(tasks) }),
  start: [builtBinary(), ...start],
  startThen,
  stop: [builtBinary(), "stop", "--json"],
  status: [builtBinary(), "status", "--json"],
  tail: {
    argv: [builtBinary(), "logs", "task0", "-n", "100"],
    log: ".taskmux/logs/bench/task0.log",
  },
  restarts: true,
  waitsUntilReady: true,
  remarks: [],
});

/** The Python program reads the same file, so it must hold nothing that only one of them knows. */
export function configOf(tasks: readonly PeerTask[]): string {
  return `name = "bench"\n${tasks.map(blockOf).join("")}`;
}

const blockOf = ({ name, script, ready, dependsOn }: PeerTask): string => `
[tasks.${name}]
command = "${script}"
restart_policy = "always"
max_restarts = 1000
restart_backoff = 0.001
${ready ? `health_check = "${ready}"\nhealth_interval = 1\n` : ""}${dependsOn ? `depends_on = ["${dependsOn}"]\n` : ""}`;
