import { expect, test } from "bun:test";
import { SessionOwner } from "../../../src/adapters/state/session-owner.ts";
import { directoryWith } from "../../helpers/directory.ts";

const CONFIG = { name: "demo", tasks: [{ name: "web", command: "x", port: "3000+" }] };
const CHECKOUT = { kind: "checkout", repository: "/repo/.git", worktree: null };
const RECORD = { config_path: "/p/taskmux.toml", config: CONFIG, checkout: CHECKOUT };

const ownerIn = (record: unknown) => {
  const directory = directoryWith({ "project.json": JSON.stringify(record) });
  return { owner: new SessionOwner(directory.path), [Symbol.dispose]: directory[Symbol.dispose] };
};

test.each([
  ["with all that is needed", RECORD],
  ["of an earlier version", { config_path: RECORD.config_path, config: CONFIG }],
])("a record %s is used", (_, record) => {
  using found = ownerIn(record);
  expect(found.owner.configPath).toBe("/p/taskmux.toml");
  expect(found.owner.config).toMatchObject({ name: "demo" });
});

test.each([
  ["null", null],
  ["a list", [RECORD]],
  ["no path", { ...RECORD, config_path: 3 }],
  ["no config", { ...RECORD, config: null }],
  ["no tasks", { ...RECORD, config: { name: "demo", tasks: "web" } }],
  ["a task that is none", { ...RECORD, config: { ...CONFIG, tasks: [null] } }],
  ["a task without a name", { ...RECORD, config: { ...CONFIG, tasks: [{ command: "x" }] } }],
  ["a task whose name is a path", { ...RECORD, config: { ...CONFIG, tasks: [{ name: "../x" }] } }],
])("a damaged record (%s) is as good as none", (_, record) => {
  using found = ownerIn(record);
  const { configPath, config, checkout, formerPaths } = found.owner;
  expect({ configPath, config, checkout, formerPaths }).toEqual({
    configPath: null,
    config: null,
    checkout: null,
    formerPaths: [],
  });
});

test.each([
  ["a checkout that is none", { checkout: 7 }],
  ["a repository that is no path", { checkout: { ...CHECKOUT, repository: 5 } }],
  ["a worktree that is none", { checkout: { ...CHECKOUT, worktree: ["x"] } }],
  ["former paths that are none", { checkout: null, former_paths: "x" }],
])("of a record, %s is left out", (_, damage) => {
  using found = ownerIn({ ...RECORD, ...damage });
  const { configPath, checkout, formerPaths } = found.owner;
  expect({ configPath, checkout, formerPaths }).toEqual({
    configPath: "/p/taskmux.toml",
    checkout: null,
    formerPaths: [],
  });
});
