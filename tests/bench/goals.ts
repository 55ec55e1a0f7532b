import type { FigureName } from "./columns.ts";
import type { Entrant } from "./entrant.ts";

/** What a figure of a row should be at most: a number, or a multiple of another row. */
interface Goal {
  figure: FigureName;
  row: string;
  limit: number | { times: number; of: string };
}

const FLOOR = "floor: tmux with `cat` pipes";
const QUIET = "taskmux, no monitor";
const DAEMON = "taskmux, daemon";

const goal = (figure: FigureName, limit: Goal["limit"], row = "taskmux"): Goal => ({
  figure,
  row,
  limit,
});

const GOALS: readonly Goal[] = [
  goal("--version", { times: 1.5, of: FLOOR }),
  goal("status", { times: 1.6, of: FLOOR }),
  ...(["start 10", "start 50"] as const).flatMap((figure) => [
    goal(figure, { times: 1, of: "overmind" }),
    goal(figure, { times: 1, of: "process-compose" }),
    goal(figure, { times: 1.6, of: FLOOR }),
  ]),
  ...(["stop 10", "stop 50"] as const).map((figure) =>
    goal(figure, { times: 1.5, of: "overmind" }),
  ),
  goal("memory 10", 35, QUIET),
  goal("memory 50", 45, QUIET),
  ...["process-compose", "pm2"].map((of) => goal("memory 10", { times: 1, of }, QUIET)),
  goal("memory 10", 70, DAEMON),
  goal("memory 50", 85, DAEMON),
  goal("idle 20", 0.5, DAEMON),
  goal("follow", 30),
  goal("slowest in a flood", 100),
  goal("log, own CPU", { times: 1, of: "before: taskmux" }),
  goal("chatter, own CPU", 3),
  ...(["lost unsaid", "repeated", "torn", "out of order"] as const).map((figure) =>
    goal(figure, 0),
  ),
];

/** A goal that could be looked at. */
export interface Verdict {
  row: string;
  figure: FigureName;
  value: number;
  limit: number;
  /** How the limit comes about. */
  reason: string;
}

export const verdicts = (entrants: readonly Entrant[]): Verdict[] =>
  GOALS.flatMap((goal) => verdictOf(goal, entrants) ?? []);

function verdictOf({ figure, row, limit }: Goal, entrants: readonly Entrant[]): Verdict | null {
  const valueOf = (name: string) => entrants.find((each) => each.name === name)?.median(figure);
  const value = valueOf(row) ?? null;
  if (value === null) return null;
  if (typeof limit === "number") return { row, figure, value, limit, reason: "" };
  const other = valueOf(limit.of) ?? null;
  if (other === null) return null;
  const reason = limit.times === 1 ? limit.of : `${limit.times}x of ${limit.of}`;
  return { row, figure, value, limit: other * limit.times, reason };
}
