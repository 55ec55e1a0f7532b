import { expect, test } from "bun:test";
import { FileFailure } from "../../src/domain/system-error.ts";
import { Unrecorded } from "../../src/domain/unrecorded.ts";

const FULL = "no space left on the device";
const full = new FileFailure("Can't write /h/.taskmux/x", FULL);
const closed = new FileFailure("Can't open /h/.taskmux/y", "permission denied");

test("a warning for each reason names all that is missing for it", () => {
  const unrecorded = new Unrecorded();
  expect(unrecorded.warnings()).toEqual([]);
  unrecorded.add({ kind: "stop", task: "web" }, full);
  unrecorded.add({ kind: "event" }, full);
  unrecorded.add({ kind: "stop", task: "db" }, new FileFailure("Can't write /h/.taskmux/z", FULL));
  unrecorded.add({ kind: "event" }, full);
  unrecorded.add({ kind: "event" }, closed);
  expect(unrecorded.warnings()).toEqual([
    `Not recorded: that web, db were stopped on purpose; 2 events. ${full.message}`,
    `Not recorded: 1 event. ${closed.message}`,
  ]);
});

test("a health result that isn't kept needs no warning, for the next look checks again", () => {
  const unrecorded = new Unrecorded();
  unrecorded.add({ kind: "health" }, full);
  expect(unrecorded.warnings()).toEqual([]);
});

test("a process that keeps running reports each reason once", () => {
  const told: string[] = [];
  const unrecorded = new Unrecorded((sentence) => told.push(sentence));
  unrecorded.add({ kind: "health" }, full);
  unrecorded.add({ kind: "event" }, full);
  unrecorded.add({ kind: "event" }, closed);
  expect(told).toEqual([
    `Not everything can be recorded: ${full.message}`,
    `Not everything can be recorded: ${closed.message}`,
  ]);
});
