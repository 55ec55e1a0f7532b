import type { TaskStatus } from "../../src/domain/results.ts";

/** The status item of a task that runs since the beginning of 2024, but for these keys. */
export const statusItem = (changes: Partial<TaskStatus> = {}): TaskStatus => ({
  name: "web",
  state: "running",
  running: true,
  healthy: true,
  want: "up",
  command: "npm run dev",
  auto_start: true,
  port: null,
  restart_policy: "on-failure",
  cwd: "/p",
  depends_on: [],
  pid: 42,
  exit_code: null,
  exit_signal: null,
  started_at: "2024-01-01T00:00:00.000Z",
  restarts: 0,
  last_health: null,
  log_error: null,
  ...changes,
});
