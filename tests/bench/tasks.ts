import { type Figure, figure, type Took } from "./figures.ts";
import { Stage } from "./stage.ts";

const MANY = 50;

export const benches: { name: string; run(): Promise<Figure[]> }[] = [
  { name: "status", run: status },
  { name: "start and stop of all", run: startAndStopAll },
  { name: "stop, start and restart of one", run: one },
  { name: "cold start", run: coldStart },
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

async function startAndStopAll(): Promise<Figure[]> {
  await using stage = new Stage(MANY);
  stage.keepServer();
  const starts: Round[] = [];
  const stops: Round[] = [];
  for (let round = 0; round < 9; round++) {
    const start = stage.taskmux("start", "--json");
    await stage.settled();
    const stop = stage.taskmux("stop", "--json");
    starts.push([start, stage.startRaw()]);
    stops.push([stop, await stage.stopRaw()]);
  }
  return [
    ofRounds(`start, ${MANY} tasks; floor: one tmux call`, "2.5x", starts),
    ofRounds(`stop, ${MANY} tasks; floor: tmux kill-session`, "500 ms", stops),
  ];
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

/** No tmux server runs, neither for ours nor for the floor. */
async function coldStart(): Promise<Figure[]> {
  await using stage = new Stage(1);
  const rounds: Round[] = [];
  for (let round = 0; round < 15; round++) {
    const start = stage.taskmux("start", "--json");
    await stage.settled();
    stage.taskmux("stop", "--json");
    rounds.push([start, stage.startRaw()]);
    await stage.stopRaw();
  }
  return [ofRounds("start, 1 task, no server; floor: new-session", "", rounds)];
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
  stage.taskmux("start", "--json");
  await stage.settled();
  return stage;
}
