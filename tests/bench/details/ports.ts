import { statSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../../helpers/binary.ts";
import { freeRange } from "../../helpers/listening.ts";
import { createWorld, type World } from "../../helpers/world.ts";
import { type Figure, figure } from "./figures.ts";
import { buildHello } from "../hello.ts";

export const benches: { name: string; run(): Promise<Figure[]> }[] = [
  { name: "ports of many sessions", run: choices },
];

const SESSIONS = 20;
const ROUNDS = 10;

/** Sessions that start at the same moment, until the last of them has its port on record. */
async function choices(): Promise<Figure[]> {
  await using world = createWorld();
  const hello = buildHello(join(world.root, "hello"));
  builtBinary();
  const [ours, floors]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    floors.push(await together(() => world.runProgram([hello])));
    ours.push(await oneRound(world, round));
  }
  const name = `${SESSIONS} sessions choose a port at once; floor: as many programs that say a word`;
  const took = ours.map((wall) => ({ wall, cpu: NaN }));
  const { cpu: _cpu, ...row } = figure(name, "1 s", took, floors);
  return [row];
}

async function oneRound(world: World, round: number): Promise<number> {
  const first = freeRange();
  const names = Array.from({ length: SESSIONS }, (_, index) => `r${round}-${index}`);
  for (const name of names) {
    const toml = `name = "${name}"\n[tasks.web]\nport = "${first}+"\nhealth_check = "true"\ncommand = "exec sleep 1000"\n`;
    world.write(`${name}/taskmux.toml`, toml);
  }
  const began = Date.now();
  await together((index) =>
    world.run(["start", "web"], { cwd: join(world.project, names[index]!), timeout: 60_000 }),
  );
  const written = names.map(
    (name) => statSync(join(world.home, ".taskmux/run", name, "ports.json")).mtimeMs,
  );
  for (const name of names) await world.run(["stop"], { cwd: join(world.project, name) });
  return Math.max(...written) - began;
}

/** Runs as many programs at the same time; returns when all have ended, ms. */
async function together(run: (index: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await Promise.all(Array.from({ length: SESSIONS }, (_, index) => run(index)));
  return performance.now() - began;
}
