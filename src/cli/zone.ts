import { isTerminal } from "../adapters/system/libc.ts";
import { offsetAt } from "../domain/values/local-time.ts";
import { printLines, viewOf } from "./output.ts";
import { paint } from "./render/style.ts";

/** The time zone of the displayed times: `Europe/Berlin (+01:00)`; `now` is epoch ms. */
export function zoneText(now: number): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return timeZone === "UTC" ? timeZone : `${timeZone} (${offsetAt(now)})`;
}

/** Prints the zone on stderr, if it is a terminal, so that stdout has only the lines. */
export function printZone(now: number): void {
  if (isTerminal(2)) printLines(2, [paint(`times: ${zoneText(now)}`, "dim", viewOf(2))]);
}
