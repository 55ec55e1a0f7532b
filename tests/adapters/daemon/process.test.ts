import { expect, test } from "bun:test";
import { endDaemon } from "../../../src/adapters/daemon/process.ts";
import type { DaemonLease } from "../../../src/adapters/state/lease.ts";
import type { Project } from "../../../src/domain/config/config.ts";
import { isAlive } from "../../helpers/processes.ts";

test("a daemon that has ended since is not mistaken for a process that has its pid now", async () => {
  const later = Bun.spawn(["sleep", "1000"]);
  try {
    const project = { session: `nobody-${process.pid}`, configPath: "/nowhere" } as Project;
    expect(await endDaemon(project, { pid: later.pid } as DaemonLease, 1000)).toBe(true);
    // A signal that was sent before this one comes before it.
    later.kill("SIGCONT");
    expect(isAlive(later.pid)).toBe(true);
  } finally {
    later.kill("SIGKILL");
    await later.exited;
  }
});
