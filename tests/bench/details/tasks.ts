import { type Figure, figure, type Took } from "./figures.ts";
import { Stage } from "./stage.ts";

const MANY = 50;

export const benches: { name: string; run(): Promise<Figure[]> }[] = [
  { name: "status", run: status },
  { name: "status in a worktree", run: statusInWorktree },
  { name: "stop, start and restart of one", run: one },
];

async function status(): Promise<Figure[]> {
  await using stage = await withRunningTasks();
  const rounds = repeat(
    40,
    () => [stage.taskmux("status", "--json"), stage.leastCommand()] as const,
  );
  const name = `status --json, ${MANY} tasks; floor: hello + list-panes`;
  return [ofRounds(name, "1.5x, at most 2x", rounds)];
}

async function statusInWorktree(): Promise<Figure[]> {
  await using outside = await withRunningTasks();
  await using inside = new Stage(MANY);
  await inside.moveToWorktree();
  await startTasks(inside);
  const rounds = repeat(
    60,
    () => [inside.taskmux("status", "--json"), outside.taskmux("status", "--json").wall] as const,
  );
  const name = `status --json in a git worktree, ${MANY} tasks; floor: outside of git`;
  return [ofRounds(name, "1 ms more", rounds)];
}

async function one(): Promise<Figure[]> {
  await using stage = await withRunningTasks();
  const rounds = repeat(20, () => ({
    stop: [stage.taskmux("stop", "task0", "--json"), stage.leastCommand()] as const,
    start: [stage.taskmux("start", "task0", "--json"), stage.leastCommand()] as const,
    restart: [stage.taskmux("restart", "task0", "--json"), stage.leastCommand()] as const,
  }));
  const of = (what: "stop" | "start" | "restart", target: string) =>
    ofRounds(
      `${what} T, one of ${MANY}; floor: hello + list-panes`,
      target,
      rounds.map((round) => round[what]),
    );
  return [of("stop", "100 ms"), of("start", ""), of("restart", "150 ms")];
}

/** What ours took, and its floor, ms. */
type Round = readonly [ours: Took, floor: number];

const ofRounds = (name: string, target: string, rounds: readonly Round[]): Figure =>
  figure(
    name,
    target,
    rounds.map(([ours]) => ours),
    rounds.map(([, floor]) => floor),
  );

const repeat = <T>(count: number, round: () => T): T[] => Array.from({ length: count }, round);

async function withRunningTasks(): Promise<Stage> {
  const stage = new Stage(MANY);
  await startTasks(stage);
  return stage;
}

async function startTasks(stage: Stage): Promise<void> {
  stage.taskmux("start", "--json");
  await stage.settled();
}
