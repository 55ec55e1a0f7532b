import { writeFileSync } from "node:fs";
import type { Entrant } from "../entrant.ts";
import { milliseconds } from "../measure.ts";
import { ToolStage } from "../tools/stage.ts";
import type { Tool } from "../tools/tool.ts";
import { inTurn, lackIf, type Measure } from "../turns.ts";
import { sleepers } from "./tasks.ts";

/** How long a tool takes to see that a task has crashed, or is ready. */
export const supervision: Measure[] = [
  inTurn({
    name: "crashes",
    figures: ["relaunch"],
    rounds: 1,
    lackOf: ({ restarts }) => lackIf(restarts),
    round: crashes,
  }),
  inTurn({
    name: "readiness",
    figures: ["dependent"],
    rounds: 2,
    lackOf: ({ waitsUntilReady }) => lackIf(waitsUntilReady),
    round: readiness,
  }),
];

async function crashes(tool: Tool, entrant: Entrant): Promise<void> {
  await using stage = new ToolStage(tool, sleepers(1));
  const ended = stage.begin();
  let [pid] = await stage.born(1);
  if (tool.startThen === "returns") await ended;
  const until = performance.now() + 8000;
  for (let turn = 0; turn < 3 && performance.now() < until; turn++) {
    // A process that has lived for less than a second is a special case to pm2.
    await Bun.sleep(1200 + milliseconds(turn));
    const { took, next } = await stage.crash(pid!);
    entrant.add("relaunch", took);
    pid = next;
  }
}

/** From the moment that what the check looks at is true: the tool's next look is a part of the figure. */
async function readiness(tool: Tool, entrant: Entrant, number: number): Promise<void> {
  await using stage = new ToolStage(tool, (stage) => [
    { name: "db", script: stage.script(), ready: `test -f ${stage.path("up")}` },
    { name: "web", script: stage.script(), dependsOn: "db" },
  ]);
  void stage.begin();
  await stage.born(1);
  await Bun.sleep(1000 + 20 * milliseconds(number));
  const began = performance.now();
  writeFileSync(stage.path("up"), "");
  await stage.born(1);
  entrant.add("dependent", performance.now() - began);
}
