import { LogReaders, type LogReader, readerOf } from "../../adapters/logs/readers.ts";
import { EventReader } from "../../adapters/events/reader.ts";
import { callerName } from "../../adapters/system/caller.ts";
import type { VerifyDeps } from "../../app/commands/verify.ts";
import type { Project } from "../../domain/config/config.ts";

/** The dependencies of `verify`, for the reader that this process acts for. `actor`: who gives its orders. */
export function verifyDeps({ session }: Project, actor = callerName()): VerifyDeps {
  const readers = new LogReaders(session);
  const reader = verifierOf(readerOf(process.env, process.ppid));
  return {
    lastPlace: () =>
      readers.resume(reader, (before) => ({ result: before === null ? null : before.progress })),
    keepPlace: async (after) => readers.resume(reader, () => ({ result: undefined, after })),
    lastOrder: ({ name }) => lastOrder(session, name, actor),
  };
}

/** What it has verified is another place than what it has read by `logs --since-last`. */
function verifierOf(reader: LogReader): LogReader {
  const of = "name" in reader ? reader.name : `pid ${reader.pid} ${reader.startTime}`;
  return { name: `verify: ${of}` };
}

const ORDERS = new Set(["task_started", "task_restarted"]);

function lastOrder(session: string, task: string, by: string): number | null {
  const events = new EventReader();
  const [order] = events.newest(
    1,
    (event) =>
      ORDERS.has(event.event) &&
      event.session === session &&
      "task" in event &&
      event.task === task &&
      "by" in event &&
      event.by === by,
  );
  events.close();
  return order === undefined ? null : Date.parse(order.ts);
}
