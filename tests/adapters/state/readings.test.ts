import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readings } from "../../../src/adapters/state/readings.ts";
import { directoryWith } from "../../helpers/directory.ts";

test("a file is read once in a turn of the event loop, and again after an await", async () => {
  using directory = directoryWith({ "state.json": '{"run":"r1"}', logged: "r1" });
  const files = new Readings(directory.path, () => false);
  const write = (name: string, text: string) => writeFileSync(join(directory.path, name), text);
  expect(files.json("state.json")).toEqual({ run: "r1" });
  expect(files.text("missing")).toBe(null);
  write("state.json", '{"run":"r2"}');
  write("missing", "here");
  // In this turn also what was read later, and what wasn't there.
  expect(files.text("logged")).toBe("r1");
  expect(files.json("state.json")).toEqual({ run: "r1" });
  expect(files.text("missing")).toBe(null);
  files.forget("missing");
  expect(files.text("missing")).toBe("here");
  await Promise.resolve();
  expect(files.json("state.json")).toEqual({ run: "r2" });
  write("state.json", '{"run":"r3"}');
  await Promise.resolve();
  expect(files.json("state.json")).toEqual({ run: "r3" });
});

test("records that become another config's are not read, even in the same turn", () => {
  using directory = directoryWith({ "state.json": '{"run":"r1"}', "writer-error": "full" });
  let isHidden = false;
  const files = new Readings(directory.path, () => isHidden);
  expect([files.json("state.json"), files.rare("writer-error")]).toEqual([{ run: "r1" }, "full"]);
  isHidden = true;
  expect([files.json("state.json"), files.rare("writer-error")]).toEqual([null, null]);
});
