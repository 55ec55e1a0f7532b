import { expect, test } from "bun:test";
import { join } from "node:path";
import { root } from "../../helpers/binary.ts";
import { type Running, spawn } from "../../helpers/command.ts";
import { directoryWith } from "../../helpers/directory.ts";
import { eventually } from "../../helpers/eventually.ts";

const lockPath = JSON.stringify(join(root, "src/adapters/state/lock.ts"));

/** A process that takes the lock, says so, and lets it go at the end of its stdin. */
const holder = `
import { SessionLock } from ${lockPath};
const lock = new SessionLock(process.argv[2], () => console.log("waiting"));
await lock.hold(async () => {
  console.log("held");
  for await (const _ of console);
});
console.log("released");
`;

/** Its stdin is empty: it lets the lock go at once. */
function hold(home: string, session = "demo"): Running {
  const env = { ...process.env, HOME: home } as Record<string, string>;
  return spawn([process.execPath, join(home, "holder.ts"), session], { cwd: home, env });
}

/** One that keeps it, for its stdin stays open; returns when it has the lock. */
async function keep(home: string) {
  const child = Bun.spawn([process.execPath, join(home, "holder.ts"), "demo"], {
    env: { ...process.env, HOME: home },
    stdin: "pipe",
    stdout: "pipe",
  });
  await child.stdout.getReader().read();
  return child;
}

const holds = (running: Running) => eventually(() => running.lines().includes("held"));

test("the lock dies with its holder: after a SIGKILL the next one has it", async () => {
  using home = directoryWith({ "holder.ts": holder });
  const child = await keep(home.path);
  const second = hold(home.path, "demo");
  await eventually(() => second.lines().includes("waiting"));
  expect(second.lines()).not.toContain("held");
  child.kill("SIGKILL");
  await child.exited;
  await holds(second);
  expect((await second.ended()).stdout).toBe("waiting\nheld\nreleased\n");
});

test("a waiting process gets the lock when it is released", async () => {
  using home = directoryWith({ "holder.ts": holder });
  const all = Array.from({ length: 4 }, () => hold(home.path, "demo"));
  for (const one of all) expect((await one.ended()).stdout).toEndWith("held\nreleased\n");
});

test("sessions have locks of their own", async () => {
  using home = directoryWith({ "holder.ts": holder });
  const child = await keep(home.path);
  expect((await hold(home.path, "other").ended()).stdout).toBe("held\nreleased\n");
  child.kill("SIGKILL");
  await child.exited;
});
