import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SessionCaller } from "../../../src/adapters/launch/caller.ts";
import { directoryWith } from "../../helpers/directory.ts";

// What a person records is in tests/e2e/mcp.test.ts: it needs a terminal.

const { HOME } = process.env;
const home = directoryWith({});
beforeAll(() => void (process.env["HOME"] = home.path));
afterAll(() => {
  process.env["HOME"] = HOME;
  home[Symbol.dispose]();
});

test.each([
  ["none", null],
  ["half", '{"A":"1"'],
  ["other", '{"A":1}'],
])("without a whole record (%s), the environment is this process's", (session, text) => {
  const directory = join(home.path, ".taskmux/run", session);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (text !== null) writeFileSync(join(directory, "caller.json"), text, { mode: 0o600 });
  expect(SessionCaller.recorded(session).environment).toBe(SessionCaller.own(session).environment);
});

test("with one, it is what the record says", () => {
  const directory = join(home.path, ".taskmux/run/whole");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, "caller.json"), '{"WHO":"person"}', { mode: 0o600 });
  expect(SessionCaller.recorded("whole").environment).toEqual({ WHO: "person" });
});
