import { join } from "node:path";
import { buildHello } from "../hello.ts";
import type { BenchTask, Candidate } from "./tool.ts";

/** As seen from the project's directory. */
const LOGS = "../home/logs";

/**
 * The least that a tool in tmux can take: one tmux call that opens all windows, each with a `cat` that writes its log; and,
 * for a command, a compiled program that does nothing, and one question to tmux.
 */
export const floor: Candidate = {
  kind: "floor",
  name: "floor: tmux with `cat` pipes",
  async install(cache) {
    const hello = buildHello(join(cache, "hello"));
    return {
      version: null,
      files: (tasks) => ({ "start.sh": startScript(tasks), [`${LOGS}/.made`]: "" }),
      start: ["sh", "start.sh"],
      startThen: "returns",
      stop: ["tmux", "kill-server"],
      sayVersion: [[hello]],
      status: [[hello], ["tmux", "-u", "list-panes", "-s", "-t", "=bench"]],
      tail: { argv: ["tail", "-n", "100", `${LOGS}/task0.log`], log: "logs/task0.log" },
      follow: ["tail", "-n", "0", "-f", `${LOGS}/task0.log`],
      logs: "logs",
      restarts: { lacks: "it restarts nothing" },
      waitsUntilReady: { lacks: "it has no dependencies" },
      replacesLogWriters: { lacks: "nothing replaces a `cat` that dies" },
      remarks: [
        "Its `--version` is a compiled program that prints a word, its `status` that program and then `tmux list-panes`; `tail` shows its logs.",
      ],
    };
  },
};

function startScript(tasks: readonly BenchTask[]): string {
  const calls = tasks.map(({ name, script }, index) => {
    const open = index === 0 ? "new-session -d -s bench" : "new-window -d -t =bench:";
    const pipe = `"exec cat >>$PWD/${LOGS}/${name}.log"`;
    return `${open} -n ${name} ${script} ';' pipe-pane -t =bench:${name} ${pipe}`;
  });
  return `exec tmux -u -f /dev/null ${calls.join(" ';' \\\n")}\n`;
}
