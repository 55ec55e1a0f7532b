import { join } from "node:path";
import { expect, test } from "bun:test";
import { PortRecord } from "../../../src/adapters/ports/record.ts";
import { directoryWith } from "../../helpers/directory.ts";

test("what was recorded is read, by another process too", () => {
  using home = directoryWith({});
  const directory = join(home.path, "run");
  const record = new PortRecord(directory);
  expect(record.ports).toEqual({});
  record.set({ api: 3001 });
  expect(record.ports).toEqual({ api: 3001 });
  const other = new PortRecord(directory);
  expect(other.ports).toEqual({ api: 3001 });
  record.set({ api: 3002, web: 5173 });
  expect(other.ports).toEqual({ api: 3002, web: 5173 });
});

test.each([
  ["", {}],
  ["{", {}],
  ["null", {}],
  ['"text"', {}],
  ['{"ports": null}', {}],
  ['{"ports": [3000]}', { 0: 3000 }],
  ['{"ports": {"a": 1, "b": "2", "c": 0, "d": 70000, "e": 1.5, "f": null}}', { a: 1 }],
])("of a damaged record %s what can be used counts", (text, ports) => {
  using directory = directoryWith({ "ports.json": text });
  expect(new PortRecord(directory.path).ports).toEqual(ports);
});
