import type { FigureName } from "./columns.ts";
import type { Entrant } from "./entrant.ts";
import { isLacking, type Lacks, type Tool } from "./tools/tool.ts";

/** Something that is measured of all tools; it can be picked by its name. */
export interface Measure {
  name: string;
  run(entrants: readonly Entrant[]): Promise<void>;
}

/** What is done with one tool at a time, round by round. */
export interface Turns {
  name: string;
  figures: FigureName[];
  rounds: number;
  /** The reason why a tool has no such figure. */
  lackOf(tool: Tool): Lacks | null;
  round(tool: Tool, entrant: Entrant, number: number): Promise<void>;
}

/** Seconds that one tool may take of one measure, less its last round: the slow must not cost the time of all. */
const BUDGET = 20;

const FACTOR = Number(process.env["BENCH_ROUNDS"] ?? 1);

export const lackIf = (ability: object | string | true): Lacks | null =>
  isLacking(ability) ? ability : null;

/** Round by round, the tools in turn, so that other work of the machine affects all. */
export const inTurn = (turns: Turns): Measure => ({
  name: turns.name,
  async run(entrants) {
    const spent = new Map<Entrant, number>();
    for (let number = 0; number < Math.max(1, Math.round(turns.rounds * FACTOR)); number++) {
      for (const entrant of entrants) {
        if ((spent.get(entrant) ?? 0) > BUDGET * 1000) continue;
        const began = performance.now();
        const hasMore = await oneRound(turns, entrant, number);
        const took = hasMore ? performance.now() - began : Number.POSITIVE_INFINITY;
        spent.set(entrant, (spent.get(entrant) ?? 0) + took);
      }
    }
  },
});

/** False where the tool has no such figure. */
async function oneRound(turns: Turns, entrant: Entrant, number: number): Promise<boolean> {
  const { tool } = entrant;
  if (!tool) return false;
  const lack = tool.skips?.measures.includes(turns.name) ? tool.skips : turns.lackOf(tool);
  if (lack) {
    entrant.miss(turns.figures, lack.lacks);
    return false;
  }
  await reported(entrant, turns, `round ${number + 1}`, () => turns.round(tool, entrant, number));
  return true;
}

/** A failure becomes a remark, and the reason of a figure that doesn't come. */
export async function reported(
  entrant: Entrant,
  { name, figures }: Pick<Turns, "name" | "figures">,
  when: string,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    console.error(`${entrant.name} failed in "${name}", ${when}: ${said}`);
    entrant.remarks.push(`it failed in "${name}", ${when}: ${said}`);
    entrant.miss(figures, "it failed in this");
  }
}
