import { frame, rawSocket } from "../../helpers/raw-socket.ts";

// Run by daemon.ts in a process of its own: PORT CLIENTS SECONDS. Prints what the clients met with, as JSON.

/** What all clients together have seen. */
export interface Met {
  /** ms from each `ping` to its `pong`, those too that wait behind what came before. */
  pings: number[];
  megabytes: number;
  /** Whether the client that never reads was dropped. */
  isDropped: boolean;
  /** Clients that read, and were dropped all the same. */
  lost: number;
}

const SUBSCRIBE = { command: "subscribe", params: { topics: ["events", "status", "logs"] } };
const PAUSE = 500;

const message = (value: object) => frame(Buffer.from(JSON.stringify(value)));

async function reader(port: number, until: number, met: Met): Promise<void> {
  let [sent, isOut] = [0, false];
  const socket = await rawSocket(port, (bytes) => {
    if (isOut && bytes.includes('"pong"')) {
      met.pings.push(performance.now() - sent);
      isOut = false;
    }
  });
  socket.write(message(SUBSCRIBE));
  while (performance.now() < until && socket.isOpen()) {
    if (!isOut) {
      [sent, isOut] = [performance.now(), true];
      socket.write(message({ command: "ping" }));
    }
    await Bun.sleep(PAUSE * (0.5 + Math.random()));
  }
  if (isOut) met.pings.push(performance.now() - sent);
  if (!socket.isOpen()) met.lost++;
  met.megabytes += socket.received() / 1e6;
  socket.end();
}

/** Stops reading at once; reads again at the end, to see whether it was dropped. */
async function sleeper(port: number, until: number, met: Met): Promise<void> {
  const socket = await rawSocket(port);
  socket.write(message(SUBSCRIBE));
  socket.pause();
  await Bun.sleep(until - performance.now());
  socket.resume();
  await Promise.race([socket.closed, Bun.sleep(5000)]);
  met.isDropped = !socket.isOpen();
}

const [port = 0, clients = 0, seconds = 0] = process.argv.slice(2).map(Number);
const MET: Met = { pings: [], megabytes: 0, isDropped: false, lost: 0 };
const until = performance.now() + seconds * 1000;
const readers = Array.from({ length: clients - 1 }, () => reader(port, until, MET));
await Promise.all([...readers, sleeper(port, until, MET)]);
console.log(JSON.stringify(MET));
process.exit(0);
