import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { validTaskName } from "../../src/domain/config-names.ts";
import { type ProjectFiles, proposeTasks } from "../../src/domain/proposals.ts";

const none: ProjectFiles = { packageJson: null, procfile: null, compose: null };

const scripts = (scripts: Record<string, string>): ProjectFiles => ({
  ...none,
  packageJson: { manifest: { scripts }, lockFile: null },
});

const brief = (files: ProjectFiles) =>
  proposeTasks(files).map(({ name, auto_start }) => (auto_start ? name : `(${name})`));

test("with nothing there, nothing is proposed", () => {
  expect(proposeTasks(none)).toEqual([]);
});

test("a Procfile says what starts by itself; scripts stand beside it, but not one that it runs already", () => {
  const files = {
    ...scripts({ dev: "vite", start: "node ." }),
    procfile: { name: "Procfile", text: "web: npm run start\nrelease: x\n" },
  };
  expect(brief(files)).toEqual(["web", "(release)", "(dev)"]);
});

test("services that a compose file builds stand back behind the project's own tasks", () => {
  const compose = {
    name: "compose.yaml",
    parsed: { services: { db: { image: "postgres" }, app: { build: "." } } },
  };
  expect(brief({ ...scripts({ dev: "vite" }), compose })).toEqual(["dev", "db", "(app)"]);
  expect(brief({ ...none, compose })).toEqual(["db", "app"]);
});

test("names are made valid and differ, in more than their case", () => {
  const files = {
    ...scripts({ "dev:web": "x", "dev/web": "y", "DEV web": "z" }),
    procfile: { name: "Procfile", text: "dev-web: x\n" },
  };
  expect(proposeTasks(files).map(({ name }) => name)).toEqual([
    "dev-web",
    "dev-web-2",
    "dev-web-3",
    "DEV-web-4",
  ]);
  expect(brief(scripts({ "DEV:x": "x", "dev:x": "y" }))).toEqual(["DEV-x", "dev-x-2"]);
});

test("at most a hundred tasks are proposed", () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`dev:${index}`, "x"]));
  expect(proposeTasks(scripts(many))).toHaveLength(100);
});

test("whatever the files say, the names are valid and unique", () => {
  const name = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constant("x".repeat(80)));
  const command = fc.string({ unit: "binary", minLength: 1 });
  fc.assert(
    fc.property(
      fc.dictionary(
        name.map((each) => `dev ${each}`),
        command,
      ),
      fc.array(fc.tuple(fc.stringMatching(/^[A-Za-z0-9_-]{1,70}$/), command)),
      fc.dictionary(name, fc.record({ image: command })),
      (scripts, entries, services) => {
        const names = proposeTasks({
          packageJson: { manifest: { scripts }, lockFile: null },
          procfile: { name: "Procfile", text: entries.map((entry) => entry.join(": ")).join("\n") },
          compose: { name: "compose.yaml", parsed: { services } },
        }).map(({ name }) => name);
        expect(names.filter((each) => !validTaskName(each))).toEqual([]);
        expect(new Set(names.map((each) => each.toLowerCase())).size).toBe(names.length);
      },
    ),
  );
});
