import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ApiConnection, startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { CONTINUATION, frame, type RawSocket, rawSocket } from "../helpers/raw-socket.ts";
import { createWorld } from "../helpers/world.ts";

const FRAMES = 10_000;
const CLIENTS = 8;

/** The same numbers for the same seed, on every machine. */
function numbers(seed: number): (below: number) => number {
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
}

type Next = (below: number) => number;

const pick = <T>(next: Next, from: readonly T[]): T => from[next(from.length)]!;

/** Commands that leave the project as it is. */
const COMMANDS = [
  "status",
  "health",
  "inspect",
  "logs",
  "events",
  "subscribe",
  "unsubscribe",
  "ping",
];
const KEYS = ["command", "params", "id", "task", "tasks", "lines", "topics", "__proto__", "", "\0"];
const SCALARS = [
  null,
  true,
  0,
  -1,
  1e308,
  1e-320,
  2 ** 53,
  "",
  "web",
  "\u{d800}",
  "../..",
  "9".repeat(400),
];

function randomValue(next: Next, depth: number): unknown {
  const kind = depth > 5 ? 0 : next(4);
  if (kind < 2) return pick(next, SCALARS);
  const inner = () => randomValue(next, depth + 1);
  if (kind === 2) return Array.from({ length: next(4) }, inner);
  return Object.fromEntries(Array.from({ length: next(4) }, () => [pick(next, KEYS), inner()]));
}

const randomBytes = (next: Next, length: number) => Uint8Array.from({ length }, () => next(256));
const text = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

/** What is written for one frame, in parts that go out one after the other. */
const kinds: ((next: Next) => Uint8Array[])[] = [
  // Nearly right.
  (next) => {
    const params = { [pick(next, KEYS)]: randomValue(next, 3), task: pick(next, SCALARS) };
    return [frame(text({ command: pick(next, COMMANDS), params, id: pick(next, SCALARS) }))];
  },
  (next) => [frame(text({ command: pick(next, COMMANDS), params: randomValue(next, 0) }))],
  (next) => [frame(text({ command: randomValue(next, 2), params: {}, id: randomValue(next, 2) }))],
  (next) => [frame(text(randomValue(next, 0) ?? "null"))],
  // Broken JSON, numbers that no number can hold, nesting without end.
  (next) => {
    const whole = text({ command: "status", params: { a: randomValue(next, 0) } });
    return [frame(whole.subarray(0, next(whole.length)))];
  },
  (next) => [frame(text(`{"command":"ping","id":${"9".repeat(1 + next(2000))}e${next(99_999)}}`))],
  (next) => [frame(text(pick(next, ["[", '{"a":', '{"command":', '"']).repeat(next(20_000))))],
  (next) => {
    const depth = next(50_000);
    return [frame(text(`{"command":"logs","params":${"[".repeat(depth)}${"]".repeat(depth)}}`))];
  },
  // Bytes: as text, as a binary message, as frames of any kind.
  (next) => [frame(randomBytes(next, next(300)))],
  (next) => [frame(randomBytes(next, next(300)), { opcode: 2 })],
  (next) => [frame(randomBytes(next, next(125)), { opcode: 8 + next(3) })],
  (next) => [frame(randomBytes(next, next(50)), { opcode: 3 + next(13), isFinal: next(2) === 0 })],
  (next) => [randomBytes(next, 1 + next(200))],
  // Split and oversized.
  (next) => {
    const whole = frame(text({ command: pick(next, COMMANDS), id: next(1000) }));
    const cut = next(whole.length);
    return [whole.subarray(0, cut), whole.subarray(cut)];
  },
  (next) => {
    const whole = text({ command: "ping", id: next(1000) });
    const cut = next(whole.length);
    const rest = frame(whole.subarray(cut), { opcode: CONTINUATION });
    return [frame(whole.subarray(0, cut), { isFinal: false }), rest];
  },
  (next) => [frame(text("x"), { length: 2 ** pick(next, [20, 24, 27, 40]) + next(2) })],
  (next) => [frame(text({ command: "x".repeat(next(1 << 20)) }))],
  (next) => [frame(text("{}"), { length: 3 + next(100) })],
];

/** Writes frame after frame, and begins a new connection where one was ended; returns how many. */
async function attack(port: number, seeds: number[]): Promise<number> {
  let socket: RawSocket | null = null;
  let connections = 0;
  for (const seed of seeds) {
    if (!socket?.isOpen()) {
      // The daemon may not have come to the ends of those before: it lets in 256 at a time.
      socket = await eventually(() => rawSocket(port));
      connections++;
    }
    const next = numbers(seed);
    for (const part of pick(next, kinds)(next)) socket.write(part);
    // What was torn keeps the rest of the stream: such a connection is given up now and then.
    if (seed % 10 === 0) socket.end();
    await Bun.sleep(0);
  }
  socket?.end();
  return connections;
}

const residentKilobytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

test("10,000 hostile frames leave a daemon that answers, and its memory flat", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "exec sleep 1000"\n');
  const { port, pid, running } = await startDaemon(world);
  const round = async (from: number, to: number): Promise<void> => {
    const seeds = Array.from({ length: to - from }, (_, index) => from + index);
    const shares = Array.from({ length: CLIENTS }, (_, own) =>
      seeds.filter((seed) => seed % CLIENTS === own),
    );
    await Promise.all(shares.map((share) => attack(port, share)));
    await using client = await ApiConnection.open(port);
    expect(await client.ask("status")).toMatchObject({ session_name: "demo" });
  };
  await round(0, FRAMES / 2);
  const before = process.platform === "linux" ? residentKilobytes(pid) : 0;
  await round(FRAMES / 2, FRAMES);
  const after = process.platform === "linux" ? residentKilobytes(pid) : 0;
  // Garbage of a busy machine is collected late; what each frame left behind would be more.
  expect(after).toBeLessThan(before * 1.5 + 60_000);
  expect({ isAlive: isAlive(pid), stderr: running.stderr() }).toEqual({
    isAlive: true,
    stderr: "",
  });
  expect(running.lines()).toHaveLength(1);
}, 600_000);
