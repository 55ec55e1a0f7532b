import type { Entrant } from "../entrant.ts";
import { ToolStage } from "../tools/stage.ts";
import { type Measure, reported } from "../turns.ts";
import { sleepers } from "./tasks.ts";

const SECONDS = 60;

/** All tools at once, for each does next to nothing: what wakes up while 20 tasks sleep. */
export const idle: Measure = {
  name: "idle",
  async run(entrants) {
    await using stages = new AsyncDisposableStack();
    const counts: { entrant: Entrant; stage: ToolStage }[] = [];
    for (const entrant of entrants) {
      const { tool } = entrant;
      if (!tool) continue;
      if (tool.skips?.measures.includes("idle")) {
        entrant.miss(["idle 20"], tool.skips.lacks);
        continue;
      }
      await reported(entrant, { name: "idle", figures: ["idle 20"] }, "at the start", async () => {
        const stage = stages.use(new ToolStage(tool, sleepers(20)));
        await stage.start(20);
        counts.push({ entrant, stage });
      });
    }
    await Bun.sleep(5000);
    const times = counts.map(({ entrant, stage }) => ({
      entrant,
      since: stage.processes.cpuTime(),
    }));
    await Bun.sleep(SECONDS * 1000);
    for (const { entrant, since } of times) {
      const { all } = since();
      if (all === null) entrant.miss(["idle 20"], "this needs a control group, as root");
      else entrant.add("idle 20", (all / (SECONDS * 1000)) * 100);
    }
  },
};
