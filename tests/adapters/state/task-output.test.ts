import { expect, test } from "bun:test";
import { Readings } from "../../../src/adapters/state/readings.ts";
import { TaskOutput } from "../../../src/adapters/state/task-output.ts";
import { directoryWith } from "../../helpers/directory.ts";

test.each([
  ["The log can't be written: it is a directory\n", "it is a directory"],
  ["", "there is no room to record why"],
])("the reason why a log can't be written: %j", (recorded, reason) => {
  using directory = directoryWith({ "writer-error": recorded });
  const output = new TaskOutput(new Readings(directory.path, () => false));
  expect(output.writerError()).toEndWith(reason);
});

test("without the file the log can be written", () => {
  using directory = directoryWith({});
  expect(new TaskOutput(new Readings(directory.path, () => false)).writerError()).toBeNull();
});
