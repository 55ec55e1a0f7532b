import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { HUB_RECORD } from "../../../src/adapters/logs/hub-files.ts";
import { HubLease } from "../../../src/adapters/logs/hub-lease.ts";
import { root } from "../../helpers/binary.ts";
import { createLogTask } from "../../helpers/log-task.ts";

/** A process that has locked a session's record with `lock`, and keeps the lock for `time` ms more. */
async function holder(session: string, lock: "tryFlock" | "trySharedFlock", time: number) {
  const path = join(session, HUB_RECORD);
  writeFileSync(path, "");
  const program = `
    import { openSync } from "node:fs";
    import { ${lock} } from ${JSON.stringify(join(root, "src/adapters/system/libc.ts"))};
    if (!${lock}(openSync(${JSON.stringify(path)}, "r+"))) throw new Error("not locked");
    console.log("locked");
    Bun.sleepSync(${time});`;
  const child = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe" });
  await child.stdout.getReader().read();
  return child;
}

test("a reader that is slow with the lock doesn't keep a hub from its role", async () => {
  using task = createLogTask();
  const reader = await holder(task.session, "trySharedFlock", 500);
  const lease = HubLease.take(task.session);
  expect(lease).not.toBeNull();
  lease?.release();
  expect(await reader.exited).toBe(0);
});

test("another hub does", async () => {
  using task = createLogTask();
  const hub = await holder(task.session, "tryFlock", 60_000);
  expect(HubLease.take(task.session)).toBeNull();
  hub.kill("SIGKILL");
  await hub.exited;
});
