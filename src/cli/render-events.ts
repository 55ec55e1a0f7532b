import type { View } from "./style.ts";

/** One line an event. */
export const renderEvent = (event: { ts: string; event: string }, _view: View): string =>
  `${event.ts} ${event.event}`;
