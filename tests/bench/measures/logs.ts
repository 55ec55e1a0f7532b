import { linkSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Entrant } from "../entrant.ts";
import { Orders } from "../orders.ts";
import type { CpuTime } from "../tools/processes.ts";
import { ToolStage } from "../tools/stage.ts";
import { isLacking, type Tool } from "../tools/tool.ts";
import { inTurn, lackIf, type Measure } from "../turns.ts";
import { writeWebLog } from "../web-log.ts";
import { settled, sleepers } from "./tasks.ts";

/** `directory` is for big files. */
export const logs = (directory: string): Measure[] => [
  inTurn({
    name: "tail",
    figures: ["tail"],
    rounds: 1,
    lackOf: ({ tail }) => lackIf(tail),
    round: (tool, entrant) => tail(tool, entrant, webLog(directory, 500)),
  }),
  inTurn({
    name: "bulk",
    figures: ["log, own CPU", "log, all CPU"],
    rounds: 1,
    lackOf: () => null,
    round: (tool, entrant) => bulk(tool, entrant, webLog(directory, BULK)),
  }),
  inTurn({
    name: "chatter",
    figures: ["chatter, own CPU"],
    rounds: 1,
    lackOf: () => null,
    round: chatter,
  }),
];

const LINES = 100;

async function tail(tool: Tool, entrant: Entrant, bigLog: string): Promise<void> {
  if (isLacking(tool.tail)) return;
  const { argv, log } = tool.tail;
  const print = `for n in $(seq ${2 * LINES}); do echo "a line of a log, number $n"; done`;
  await using stage = new ToolStage(tool, sleepers(1, print));
  await stage.start(1);
  await settled();
  if (log !== null) replace(join(stage.home, log), bigLog);
  for (let turn = 0; turn < 3; turn++) {
    const { took, output } = await stage.run(argv);
    if (output.split("\n").length <= LINES) throw new Error(`fewer than ${LINES} lines came`);
    entrant.add("tail", took);
  }
}

/** The tool's own log may not be there: the Python program's begins with the first line that comes late enough. */
function replace(log: string, bigLog: string): void {
  mkdirSync(dirname(log), { recursive: true });
  rmSync(log, { force: true });
  linkSync(bigLog, log);
}

/** MB */
const BULK = 8;

async function bulk(tool: Tool, entrant: Entrant, text: string): Promise<void> {
  await using stage = new ToolStage(tool, (stage) => [
    { name: "task0", script: stage.script(`read -r _ <${Orders.path(stage)}\ncat ${text}`) },
  ]);
  using orders = new Orders(stage);
  await stage.start(1);
  await settled();
  const since = stage.processes.cpuTime();
  orders.give("print");
  const { own, all } = await atRest(since);
  entrant.add("log, own CPU", own / BULK);
  if (all !== null) entrant.add("log, all CPU", all / BULK);
  else entrant.miss(["log, all CPU"], "this needs a control group, as root");
}

/** What the work has taken once hardly any more is used: most tools don't say when all has been read. */
async function atRest(since: () => CpuTime): Promise<CpuTime> {
  const PAUSE = 500;
  const sum = ({ own, all }: CpuTime) => all ?? own;
  let last = since();
  for (;;) {
    await Bun.sleep(PAUSE);
    const now = since();
    if (sum(now) > 20 && sum(now) - sum(last) < PAUSE * 0.02) return now;
    last = now;
  }
}

const SECONDS = 4;

/** A hundred lines a second, and no process a line. */
const CHATTER =
  "exec 3<> <(:); while :; do for i in 0 1 2 3 4 5 6 7 8 9; do echo $SECONDS a line of some sixty letters, as a server may write it; done; read -t 0.1 -u 3; done";

async function chatter(tool: Tool, entrant: Entrant): Promise<void> {
  await using stage = new ToolStage(tool, sleepers(20, `exec bash -c '${CHATTER}'`));
  await stage.start(20);
  await Bun.sleep(1500);
  const since = stage.processes.cpuTime();
  await Bun.sleep(SECONDS * 1000);
  entrant.add("chatter, own CPU", (since().own / (SECONDS * 1000)) * 100);
}

const made = new Map<number, string>();

/** The path of a log of this size, MB. */
function webLog(directory: string, size: number): string {
  const path = made.get(size) ?? join(directory, `${size}.log`);
  if (!made.has(size)) writeWebLog(path, size * 1024 * 1024);
  made.set(size, path);
  return path;
}
