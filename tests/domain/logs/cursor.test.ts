import { expect, test } from "bun:test";
import { isFailure } from "../../../src/domain/failure.ts";
import { cursorOf, placesAfter, readCursor, seenAt } from "../../../src/domain/logs/cursor.ts";

test("a cursor has the place in the newest file of each log", () => {
  const places = placesAfter({ api: { "1.2.a": 100, "1.3.b": 7 }, web: {} });
  const cursor = cursorOf("my shop", places);
  expect(cursor).toBe("1;my%20shop;api:1.3.b:7");
  expect(readCursor(cursor, "my shop")).toEqual(places);
});

test("what was seen stays seen after a rotation, and a deleted log is new", () => {
  const place = { file: "1.3.b", size: 7 };
  expect(seenAt(place, { "1.2.a": 100, "1.3.b": 9 })).toEqual({ "1.2.a": 100, "1.3.b": 7 });
  expect(seenAt(place, { "1.3.b": 9, "1.4.c": 5 })).toEqual({ "1.3.b": 7 });
  expect(seenAt(place, { "1.4.c": 5 })).toEqual({});
  expect(seenAt(undefined, { "1.4.c": 5 })).toEqual({});
});

test.each(["", "x", "2;shop", "1;", "1;other", "1;shop;api", "1;shop;api:1:x"])(
  "%p is no cursor of the session",
  (cursor) => {
    const read = readCursor(cursor, "shop");
    expect(isFailure(read) && read.code).toBe("E500");
  },
);
