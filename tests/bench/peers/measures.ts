import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { milliseconds } from "../measure.ts";
import { isLacking, type Lacks, type PeerTask, type Tool } from "./peer.ts";
import { PeerStage } from "./stage.ts";

/** The columns of the table, in this order. */
export const figures = [
  "start 10",
  "start 50",
  "status",
  "stop 10",
  "stop 50",
  "crash to relaunch",
  "ready to dependent",
  "memory",
  "tmux",
  "tail",
] as const;

export type FigureName = (typeof figures)[number];

/** Takes what a round has found, ms or MB, at once: a round that fails later keeps it. */
export type Add = (name: FigureName, value: number) => void;

/** One thing that is done with each tool in turn, round by round. */
export interface Measure {
  name: string;
  figures: FigureName[];
  /** Its part of the rounds that are asked for: some measures take long, or have many samples in a round. */
  share: number;
  /** The reason why a tool has no such figure. */
  lackOf(tool: Tool): Lacks | null;
  round(tool: Tool, add: Add, number: number): Promise<void>;
}

const lackIf = (ability: object | true): Lacks | null => (isLacking(ability) ? ability : null);

/** `bigLog` is the path of a file of 500 MB. */
export const measuresOf = (bigLog: string): Measure[] => [
  {
    name: "10 tasks",
    figures: ["start 10", "status", "stop 10", "memory", "tmux"],
    share: 1,
    lackOf: () => null,
    round: tenTasks,
  },
  {
    name: "50 tasks",
    figures: ["start 50", "stop 50"],
    share: 0.6,
    lackOf: () => null,
    round: fiftyTasks,
  },
  {
    name: "crashes",
    figures: ["crash to relaunch"],
    share: 0.34,
    lackOf: ({ restarts }) => lackIf(restarts),
    round: crashes,
  },
  {
    name: "readiness",
    figures: ["ready to dependent"],
    share: 1,
    lackOf: ({ waitsUntilReady }) => lackIf(waitsUntilReady),
    round: readiness,
  },
  {
    name: "tail",
    figures: ["tail"],
    share: 0.34,
    lackOf: ({ tail }) => lackIf(tail),
    round: (tool, add) => tailing(tool, add, bigLog),
  },
];

const sleepers =
  (count: number, print?: string) =>
  (stage: PeerStage): PeerTask[] =>
    Array.from({ length: count }, (_, index) => ({
      name: `task${index}`,
      script: stage.script(print),
    }));

async function tenTasks(tool: Tool, add: Add): Promise<void> {
  await using stage = new PeerStage(tool, sleepers(10));
  add("start 10", await stage.start(10));
  await settled();
  for (let turn = 0; turn < 4 && !isLacking(tool.status); turn++) {
    add("status", (await stage.run(tool.status)).took);
  }
  const { own, tmux } = stage.memory();
  add("memory", own);
  if (tmux > 0) add("tmux", tmux);
  add("stop 10", await stage.stop());
}

async function fiftyTasks(tool: Tool, add: Add): Promise<void> {
  await using stage = new PeerStage(tool, sleepers(50));
  add("start 50", await stage.start(50));
  await settled();
  add("stop 50", await stage.stop());
}

/** What a start has set going must not be measured with what comes next. */
const settled = (): Promise<void> => Bun.sleep(1000);

async function crashes(tool: Tool, add: Add): Promise<void> {
  await using stage = new PeerStage(tool, sleepers(1));
  const ended = stage.begin();
  let [pid] = await stage.born(1);
  if (tool.startThen === "returns") await ended;
  const until = performance.now() + 8000;
  for (let turn = 0; turn < 4 && performance.now() < until; turn++) {
    // A process that has lived for less than a second is a special case to pm2.
    await Bun.sleep(1200 + milliseconds(turn));
    const { took, next } = await stage.crash(pid!);
    add("crash to relaunch", took);
    pid = next;
  }
}

/** From the moment that what the check looks at is true: the tool's next look is a part of the figure. */
async function readiness(tool: Tool, add: Add, number: number): Promise<void> {
  await using stage = new PeerStage(tool, (stage) => [
    { name: "db", script: stage.script(), ready: `test -f ${stage.path("up")}` },
    { name: "web", script: stage.script(), dependsOn: "db" },
  ]);
  void stage.begin();
  await stage.born(1);
  await Bun.sleep(1000 + 20 * milliseconds(number));
  const began = performance.now();
  writeFileSync(stage.path("up"), "");
  await stage.born(1);
  add("ready to dependent", performance.now() - began);
}

const LINES = 100;

async function tailing(tool: Tool, add: Add, bigLog: string): Promise<void> {
  if (isLacking(tool.tail)) return;
  const { argv, log } = tool.tail;
  const print = `for n in $(seq ${2 * LINES}); do echo "a line of a log, number $n"; done`;
  await using stage = new PeerStage(tool, sleepers(1, print));
  await stage.start(1);
  await settled();
  if (log !== null) replace(join(stage.home, log), bigLog);
  for (let turn = 0; turn < 5; turn++) {
    const { took, output } = await stage.run(argv);
    if (output.split("\n").length <= LINES) throw new Error(`fewer than ${LINES} lines came`);
    add("tail", took);
  }
}

/** The tool's own log may not be there: the Python program's begins with the first line that comes late enough. */
function replace(log: string, bigLog: string): void {
  mkdirSync(dirname(log), { recursive: true });
  rmSync(log, { force: true });
  linkSync(bigLog, log);
}
