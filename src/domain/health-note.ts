import type { TaskStatus } from "./results.ts";

/** One line that says why a task is in its state, where that isn't plain. */
export function healthNote({
  state,
  last_health,
  exit_code,
  exit_signal,
  auto_start,
  want,
}: TaskStatus): string {
  switch (state) {
    case "running":
      return last_health === null ? "alive" : "ok";
    case "exited":
    case "failed":
    case "backoff":
      if (exit_signal !== null) return `ended by ${exit_signal}`;
      return exit_code === null ? "its process is gone" : `exit status ${exit_code}`;
    case "stopped":
      return want === "down" && !auto_start ? "starts by hand" : "";
    case "starting":
    case "unhealthy":
      return oneLine(last_health?.reason ?? "waiting");
  }
}

/** Several lines as one. */
export const oneLine = (text: string): string => text.replace(/\s+/g, " ");
