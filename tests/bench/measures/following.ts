import type { Entrant } from "../entrant.ts";
import { milliseconds } from "../measure.ts";
import { Orders } from "../orders.ts";
import { Output } from "../output.ts";
import { ToolStage } from "../tools/stage.ts";
import { type BenchTask, isLacking, type Tool } from "../tools/tool.ts";
import { inTurn, lackIf, type Measure } from "../turns.ts";
import { settled } from "./tasks.ts";

/** How soon new lines are shown. */
export const following: Measure[] = [
  inTurn({
    name: "follow",
    figures: ["follow"],
    rounds: 1,
    lackOf: ({ follow }) => lackIf(follow),
    round: follow,
  }),
  inTurn({
    name: "flood",
    figures: ["follow in a flood", "slowest in a flood"],
    rounds: 1,
    lackOf: ({ replacesLogWriters }) => lackIf(replacesLogWriters),
    round: flood,
  }),
];

async function follow(tool: Tool, entrant: Entrant): Promise<void> {
  await using stage = new ToolStage(tool, (stage) => [orderly(stage)]);
  using orders = new Orders(stage);
  await stage.start(1);
  await settled();
  for (const took of await followed(tool, stage, orders, 20)) entrant.add("follow", took);
}

/** For as long as the lines of the other task are followed. */
const FLOOD = "timeout 4 yes a line of some sixty letters, as a server may write it, over and over";

async function flood(tool: Tool, entrant: Entrant): Promise<void> {
  await using stage = new ToolStage(tool, (stage) => [
    orderly(stage),
    { name: "task1", script: stage.script(FLOOD, "flood") },
  ]);
  using orders = new Orders(stage);
  await stage.start(2);
  const latencies = await followed(tool, stage, orders, 20);
  for (const took of latencies) entrant.add("follow in a flood", took);
  entrant.add("slowest in a flood", Math.max(...latencies));
}

/** A task that prints each line that it is ordered to. */
const orderly = (stage: ToolStage): BenchTask => ({
  name: "task0",
  script: stage.script(Orders.body(stage)),
});

/** Milliseconds from each of `count` orders, at any moment, to the line in the output of the tool's command. */
async function followed(
  tool: Tool,
  stage: ToolStage,
  orders: Orders,
  count: number,
): Promise<number[]> {
  if (isLacking(tool.follow)) return [];
  const output = new Output(stage.spawn(tool.follow, "pipe"));
  for (let turn = 0; !output.text.includes("attached"); turn++) {
    if (turn > 100) throw new Error("no line was shown within 10 s");
    orders.give(`attached${turn}.`);
    await Bun.sleep(100);
  }
  const latencies: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    await Bun.sleep(50 + milliseconds(turn));
    const began = performance.now();
    orders.give(`line${turn}.`);
    await output.until(`line${turn}.`);
    latencies.push(performance.now() - began);
  }
  return latencies;
}
