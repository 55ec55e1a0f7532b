import { expect, test } from "bun:test";
import { type SessionUse, verdictOn } from "../../../src/domain/sessions/leftovers.ts";

const GONE: SessionUse = {
  isUnrecorded: false,
  configPath: "/a/taskmux.toml",
  gone: "directory",
  use: null,
};

test.each([
  ["a project that is there", { gone: null }, { kind: "needed" }],
  ["a project that is there, in use", { gone: null, use: "runs" }, { kind: "needed" }],
  ["no known project", { gone: null, configPath: null }, { kind: "needed" }],
  ["a lost directory, in use", { use: "runs" }, { kind: "used", use: "runs" }],
  ["a lost directory", {}, { kind: "left", reason: "/a/taskmux.toml is gone" }],
  ["a lost config", { gone: "config" }, { kind: "left", reason: "/a/taskmux.toml is gone" }],
  [
    "lost directories of 0.1.0",
    { configPath: null },
    { kind: "left", reason: "the directories of its tasks are gone" },
  ],
  [
    "no records",
    { isUnrecorded: true, configPath: null, gone: null },
    { kind: "left", reason: "no session has records for it" },
  ],
  [
    "no records, but something of that name runs",
    { isUnrecorded: true, configPath: null, gone: null, use: "runs" },
    { kind: "needed" },
  ],
] as const)("a session with %s", (_, more, verdict) => {
  expect(verdictOn({ ...GONE, ...more })).toEqual(verdict);
});
