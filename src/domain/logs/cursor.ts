import { Failure } from "../failure.ts";

/** What a reader has seen of a log: bytes of each of its files by the file's identity, the oldest file first. */
export type Seen = Readonly<Record<string, number>>;

/** The newest file of each log that a reader has seen, and how many bytes of it; by task. */
export type CursorPlaces = Readonly<Record<string, { file: string; size: number }>>;

/** The places of a reader that has seen all of these logs. A reader of the newest file has seen the older ones. */
export function placesAfter(seen: Readonly<Record<string, Seen>>): CursorPlaces {
  const places = Object.entries(seen).flatMap(([task, files]) => {
    const newest = Object.entries(files).at(-1);
    return newest === undefined ? [] : [[task, { file: newest[0], size: newest[1] }] as const];
  });
  return Object.fromEntries(places);
}

/** What a reader at a place has seen of a log whose files are `now`; nothing if the file is gone: the log was deleted. */
export function seenAt(place: CursorPlaces[string] | undefined, now: Seen): Seen {
  const files = Object.entries(now);
  const index = files.findIndex(([file]) => file === place?.file);
  if (place === undefined || index < 0) return {};
  return Object.fromEntries([...files.slice(0, index), [place.file, place.size]]);
}

const VERSION = "1";

/** A cursor: a short text without meaning to its client, `1;SESSION;TASK:FILE:BYTES;...`. */
export const cursorOf = (session: string, places: CursorPlaces): string =>
  [
    VERSION,
    encodeURIComponent(session),
    ...Object.entries(places).map(([task, { file, size }]) => `${task}:${file}:${size}`),
  ].join(";");

/** The places in a cursor; E500 for one of another session, or that is none. */
export function readCursor(cursor: string, session: string): CursorPlaces | Failure {
  const [version, owner = "", ...words] = cursor.split(";");
  const places = words.map((word) => /^([^:]+):([^:]+):(\d{1,15})$/.exec(word));
  if (version !== VERSION || owner === "" || places.includes(null))
    return new Failure("E500", "The cursor is not one that taskmux has returned", "Leave it out.");
  if (owner !== encodeURIComponent(session))
    return new Failure(
      "E500",
      `The cursor belongs to another session than '${session}': ${owner}`,
      "Leave it out in the first call of a session.",
    );
  const entries = places.flatMap((place) =>
    place === null ? [] : [[place[1]!, { file: place[2]!, size: Number(place[3]) }] as const],
  );
  return Object.fromEntries(entries);
}
