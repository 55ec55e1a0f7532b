import type { SignalName } from "./results.ts";

/** What happens to a task while a command works: told to whoever waits. Times in ms. */
export type Progress =
  | { kind: "launched"; task: string; pid: number | null }
  | { kind: "waiting"; task: string; reason: string }
  | { kind: "ready"; task: string; after: number }
  | { kind: "failed"; task: string; reason: string }
  | { kind: "skipped"; task: string; reason: string }
  | { kind: "stopping"; task: string }
  | { kind: "stopped"; task: string; signal: SignalName | null };
