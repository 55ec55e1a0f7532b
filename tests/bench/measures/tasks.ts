import { eventually } from "../../helpers/eventually.ts";
import type { Entrant } from "../entrant.ts";
import type { Memory } from "../tools/processes.ts";
import { ToolStage } from "../tools/stage.ts";
import { type BenchTask, isLacking, type Tool } from "../tools/tool.ts";
import { inTurn, type Measure } from "../turns.ts";

/** Start, memory and stop of 10 and of 50 tasks that sleep; and the shortest commands. */
export const tasks: Measure[] = [
  inTurn({
    name: "10 tasks",
    figures: [
      "start 10",
      "start 10, CPU",
      "--version",
      "status",
      "memory 10",
      "private 10",
      "processes",
      "tmux 10",
      "stop 10",
      "stop 10 returns",
    ],
    rounds: 3,
    lackOf: () => null,
    round: tenTasks,
  }),
  inTurn({
    name: "50 tasks",
    figures: ["start 50", "start 50, CPU", "memory 50", "stop 50", "stop 50 returns"],
    rounds: 2,
    lackOf: () => null,
    round: fiftyTasks,
  }),
];

/** A number of tasks with the same script, which runs `body` and then sleeps. */
export const sleepers =
  (count: number, body?: string) =>
  (stage: ToolStage): BenchTask[] =>
    Array.from({ length: count }, (_, index) => ({
      name: `task${index}`,
      script: stage.script(body),
    }));

/** What a start has set going must not be measured with what comes next. */
export const settled = (): Promise<void> => Bun.sleep(1000);

/** A process that has done its work may give memory back after a while, and a log writer may take as long to start. */
async function memoryAtRest({ processes }: ToolStage): Promise<Memory> {
  await Bun.sleep(2000);
  return eventually(() => processes.memory());
}

async function tenTasks(tool: Tool, entrant: Entrant, number: number): Promise<void> {
  await using stage = new ToolStage(tool, sleepers(10));
  await started(stage, 10, entrant);
  if (number === 0) await measureMemory();
  for (let turn = 0; turn < 4; turn++) {
    await command("--version", tool.sayVersion);
    await command("status", tool.status);
  }
  const { gone, returned } = await stage.stop();
  entrant.add("stop 10", gone);
  entrant.add("stop 10 returns", returned);

  async function measureMemory(): Promise<void> {
    const memory = await memoryAtRest(stage);
    entrant.add("memory 10", memory.own);
    entrant.add("private 10", memory.private);
    entrant.add("processes", memory.processes);
    if (memory.tmux > 0) entrant.add("tmux 10", memory.tmux);
    else entrant.miss(["tmux 10"], "it doesn't use tmux");
  }

  async function command(name: "--version" | "status", argvs: Tool["status"]): Promise<void> {
    if (isLacking(argvs)) return entrant.miss([name], argvs.lacks);
    let sum = 0;
    for (const argv of argvs) sum += (await stage.run(argv)).took;
    entrant.add(name, sum);
  }
}

async function fiftyTasks(tool: Tool, entrant: Entrant, number: number): Promise<void> {
  await using stage = new ToolStage(tool, sleepers(50));
  await started(stage, 50, entrant);
  if (number === 0) entrant.add("memory 50", (await memoryAtRest(stage)).own);
  const { gone, returned } = await stage.stop();
  entrant.add("stop 50", gone);
  entrant.add("stop 50 returns", returned);
}

async function started(stage: ToolStage, count: 10 | 50, entrant: Entrant): Promise<void> {
  const cpu = stage.processes.cpuTime();
  entrant.add(`start ${count}`, await stage.start(count));
  await settled();
  const { all } = cpu();
  if (all === null) entrant.miss([`start ${count}, CPU`], "this needs a control group, as root");
  else entrant.add(`start ${count}, CPU`, all);
}
