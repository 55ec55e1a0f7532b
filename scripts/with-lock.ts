import { Database } from "bun:sqlite";

/**
 * `bun scripts/with-lock.ts FILE COMMAND...` runs a command while no other process does so with this FILE, and ends with
 * its status: flock(1), which macOS lacks. SQLite's lock ends with the process that holds it, however that ends.
 */
const [file = "", ...command] = process.argv.slice(2);

/** Milliseconds; longer than an installation takes. */
const LONGEST_WAIT = 20 * 60_000;

const database = new Database(file);
try {
  database.run("BEGIN EXCLUSIVE");
} catch {
  console.error("Another ./dev installs something in this tree: waiting for it.");
  database.run(`PRAGMA busy_timeout = ${LONGEST_WAIT}`);
  database.run("BEGIN EXCLUSIVE");
}
const child = Bun.spawn(command, { stdio: ["inherit", "inherit", "inherit"] });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => child.kill(signal));
const status = await child.exited;
database.close();
process.exit(status);
