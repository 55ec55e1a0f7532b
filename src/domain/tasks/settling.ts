/** A command that isn't found, or goes to the background, ends within this time, ms; being alive means nothing before. */
export const SETTLING = 30;

/** What a process is doing, as proc(5) has it. */
export interface ProcessActivity {
  /** A letter; `R`: runs, or waits for a processor; `D`: waits for a disk. */
  state: string;
  /** How long it has had a processor, ms; a multiple of 10. */
  cpu: number;
}

/**
 * Whether a process that has lived for SETTLING may not have got far enough to end: on a busy machine it still waits for a
 * processor or a disk. One that waits for anything else has done what it does at first. Null: unknown.
 */
export const isHeldUp = (activity: ProcessActivity | null): boolean =>
  activity !== null &&
  (activity.state === "R" || activity.state === "D") &&
  activity.cpu < SETTLING;
