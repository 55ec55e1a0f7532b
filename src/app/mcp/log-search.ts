import { type Failure, isFailure } from "../../domain/failure.ts";
import type { LogRow } from "../../domain/logs/context.ts";
import {
  type CursorPlaces,
  cursorOf,
  placesAfter,
  readCursor,
  type Seen,
  seenAt,
} from "../../domain/logs/cursor.ts";
import { logText } from "../../domain/mcp/log-text.ts";
import type { Lean, LogText } from "../../domain/mcp/results.ts";
import { logs, type LogsDeps, type LogsRequest } from "../logs/logs.ts";
import { logsSinceLast } from "../logs/since-last.ts";

/** What the tool `logs` asks for. */
export interface LogSearch {
  request: LogsRequest;
  /** Only what is new since the call that returned it; null: the newest lines. */
  cursor: string | null;
}

/** Lines that were found, how many older ones were not, and where the next call goes on. */
interface Found {
  rows: Iterable<LogRow>;
  leftOut: number;
  places: CursorPlaces;
}

/** The lines that are asked for, as text; with an expression it may take long. */
export function findLines(
  deps: LogsDeps,
  session: string,
  { request, cursor }: LogSearch,
): Lean<LogText> | Failure {
  const found = cursor === null ? newest(deps, request) : since(deps, session, request, cursor);
  if (isFailure(found)) return found;
  const next = cursorOf(session, found.places);
  const rows = [...found.rows];
  const { text, left_out, cut } = logText(rows, request.tasks.length !== 1, next.length);
  return { text, cursor: next, left_out: found.leftOut + left_out, ...(cut > 0 && { cut }) };
}

/** What is new since the call that returned the cursor. */
function since(
  deps: LogsDeps,
  session: string,
  request: LogsRequest,
  cursor: string,
): Found | Failure {
  const places = readCursor(cursor, session);
  if (isFailure(places)) return places;
  const before = { progress: seenBefore(deps, request, places), deleted: {}, at: null };
  const answer = logsSinceLast(request, deps, before);
  if (isFailure(answer)) return answer;
  // The cursor stays valid for tasks that this call did not ask for.
  const after = { ...places, ...placesAfter(answer.progress) };
  return { rows: answer.rows, leftOut: answer.leftOut, places: after };
}

function seenBefore(deps: LogsDeps, { tasks }: LogsRequest, places: CursorPlaces) {
  const asked = deps.sources().filter(({ task }) => tasks.length === 0 || tasks.includes(task));
  const seen = asked.flatMap((source) => {
    const place = places[source.task];
    if (place === undefined) return [];
    const file = deps.openLog(source);
    const now = file.progress();
    file.close();
    return [[source.task, seenAt(place, now)] as const];
  });
  return Object.fromEntries(seen);
}

function newest(deps: LogsDeps, request: LogsRequest): Found | Failure {
  const { deps: watched, seen } = withProgress(deps);
  const answer = logs(request, watched);
  if (isFailure(answer)) return answer;
  return { rows: answer.rows, leftOut: answer.ofRun?.leftOut ?? 0, places: placesAfter(seen) };
}

/** Notes how much of each log is there when it is opened. */
function withProgress(deps: LogsDeps): { deps: LogsDeps; seen: Record<string, Seen> } {
  const seen: Record<string, Seen> = {};
  const openLog: LogsDeps["openLog"] = (source) => {
    const file = deps.openLog(source);
    seen[source.task] = file.progress();
    return file;
  };
  return { deps: { ...deps, openLog }, seen };
}
