import { expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { validTaskName } from "../../../src/domain/values/names.ts";
import { type ProjectFiles, proposeTasks } from "../../../src/domain/init/propose.ts";

const NONE: ProjectFiles = {
  packages: [],
  procfile: null,
  compose: null,
  frameworks: { django: [], rails: false },
  dotenv: null,
};

const scripts = (scripts: Record<string, string>): ProjectFiles => ({
  ...NONE,
  packages: [{ directory: "", manifest: { scripts }, lockFile: null }],
});

const brief = (files: ProjectFiles) =>
  proposeTasks(files).map(({ name, auto_start }) => (auto_start ? name : `(${name})`));

test("with nothing there, nothing is proposed", () => {
  expect(proposeTasks(NONE)).toEqual([]);
});

test("a Procfile decides what starts automatically; scripts are added, but not one that it runs already", () => {
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
  expect(brief({ ...NONE, compose })).toEqual(["db", "app"]);
});

const packageIn = (directory: string, scripts: Record<string, string>) => ({
  directory,
  manifest: { scripts },
  lockFile: "bun.lock",
});

test("a monorepo's packages run in their directories, each named as it is", () => {
  const packages = [
    packageIn("", { build: "turbo build" }),
    packageIn("apps/web", { dev: "vite", "dev:mock": "x", test: "vitest" }),
    packageIn("apps/api", { start: "node server.js", worker: "node worker.js" }),
    packageIn("packages/ui", { build: "tsc" }),
    packageIn("services/web", { dev: "astro dev" }),
  ];
  expect(proposeTasks({ ...NONE, packages })).toEqual([
    {
      name: "web",
      command: "bun run dev --port $PORT --strictPort",
      port: "5173+",
      auto_start: true,
      cwd: "apps/web",
      source: "apps/web/package.json",
    },
    {
      name: "web-dev-mock",
      command: "bun run dev:mock",
      auto_start: false,
      cwd: "apps/web",
      source: "apps/web/package.json",
    },
    {
      name: "api",
      command: "bun run start",
      auto_start: true,
      cwd: "apps/api",
      source: "apps/api/package.json",
    },
    {
      name: "api-worker",
      command: "bun run worker",
      auto_start: true,
      cwd: "apps/api",
      source: "apps/api/package.json",
    },
    {
      name: "web-2",
      command: "bun run dev --port $PORT",
      port: "4321+",
      auto_start: true,
      cwd: "services/web",
      source: "services/web/package.json",
    },
  ]);
});

test("where the project's own package.json starts something, that runs the packages below it", () => {
  const packages = [packageIn("", { dev: "turbo dev" }), packageIn("apps/web", { dev: "vite" })];
  expect(brief({ ...NONE, packages })).toEqual(["dev", "(web)"]);
});

test("what a service depends on follows its name, also where that had to be another one", () => {
  const compose = {
    name: "compose.yaml",
    parsed: { services: { web: { image: "x", depends_on: ["Web"] }, Web: { image: "y" } } },
  };
  const found = proposeTasks({ ...NONE, compose });
  expect(found.map(({ name, depends_on }) => [name, depends_on])).toEqual([
    ["web", ["Web-2"]],
    ["Web-2", undefined],
  ]);
});

test("services that wait for each other are proposed without that", () => {
  const services = { a: { depends_on: ["b"] }, b: { depends_on: ["a"] } };
  const found = proposeTasks({ ...NONE, compose: { name: "c", parsed: { services } } });
  expect(found.map(({ depends_on }) => depends_on)).toEqual([undefined, undefined]);
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
          ...NONE,
          packages: [{ directory: "", manifest: { scripts }, lockFile: null }],
          procfile: { name: "Procfile", text: entries.map((entry) => entry.join(": ")).join("\n") },
          compose: { name: "compose.yaml", parsed: { services } },
        }).map(({ name }) => name);
        expect(names.filter((each) => !validTaskName(each))).toEqual([]);
        expect(new Set(names.map((each) => each.toLowerCase())).size).toBe(names.length);
      },
    ),
  );
});

test("Django below the project's directory runs there, named after its directory", () => {
  const django = [{ directory: "apps/api", python: "../../.venv/bin/python" }];
  const files = { ...NONE, frameworks: { django, rails: false } };
  expect(proposeTasks(files)).toEqual([
    {
      name: "api",
      command: "../../.venv/bin/python manage.py runserver $PORT",
      cwd: "apps/api",
      port: "8000+",
      auto_start: true,
      source: "apps/api/manage.py",
    },
  ]);
});

test("Django and Rails are served on a port that is chosen, unless a Procfile says how", () => {
  const frameworks = { django: [{ directory: "", python: ".venv/bin/python" }], rails: true };
  expect(proposeTasks({ ...NONE, frameworks })).toEqual([
    {
      name: "django",
      command: ".venv/bin/python manage.py runserver $PORT",
      port: "8000+",
      auto_start: true,
      source: "manage.py",
    },
    {
      name: "rails",
      command: "bin/rails server --port $PORT",
      port: "3000+",
      auto_start: true,
      source: "bin/rails",
    },
  ]);
  const procfile = { name: "Procfile", text: "web: x\n" };
  expect(brief({ ...NONE, frameworks, procfile })).toEqual(["web"]);
  expect(brief({ ...scripts({ dev: "vite" }), frameworks })).toEqual(["django", "rails", "dev"]);
});
