import { expect, test } from "bun:test";
import {
  type PackageManager,
  packageManager,
  scriptProposals,
} from "../../../src/domain/init/package-scripts.ts";

test.each<[packageManager: unknown, lockFile: string | null, manager: string]>([
  [undefined, null, "npm"],
  [undefined, "bun.lock", "bun"],
  [undefined, "bun.lockb", "bun"],
  [undefined, "pnpm-lock.yaml", "pnpm"],
  [undefined, "yarn.lock", "yarn"],
  [undefined, "package-lock.json", "npm"],
  ["pnpm@9.1.0+sha512.abc", "package-lock.json", "pnpm"],
  ["yarn", null, "yarn"],
  ["npmx@1", "yarn.lock", "yarn"],
  [7, "bun.lock", "bun"],
  [undefined, "other.lock", "npm"],
])("packageManager %p and lock file %p: it is %s", (packageManagerField, lockFile, manager) => {
  const manifest = { packageManager: packageManagerField };
  expect(packageManager(manifest, lockFile)).toBe(manager as never);
});

test.each(["null", "7", '"x"', "[]", "{}", '{"scripts":null}', '{"scripts":["dev"]}'])(
  "a package.json that holds %s proposes nothing, and is npm's",
  (text) => {
    const manifest: unknown = JSON.parse(text);
    expect(scriptProposals(manifest, "npm")).toEqual([]);
    expect(packageManager(manifest, null)).toBe("npm");
  },
);

/** Scripts that are proposed; those after the bar don't start by themselves. */
test.each([
  ["dev", "dev"],
  ["dev start build lint test preview", "dev | start"],
  ["start build", "start"],
  ["start start:dev start:prod", "start:dev | start start:prod"],
  ["start start:https", "start | start:https"],
  ["dev:api dev:web start", "dev:api dev:web | start"],
  ["dev dev:api dev:worker worker", "dev worker | dev:api dev:worker"],
  ["dev build:watch watch test:watch", "dev build:watch watch | test:watch"],
  ["serve storybook build-storybook", "serve | storybook"],
  ["predev dev postdev prestart", "dev"],
  ["build:dev stop:server kill-worker test:server dev-setup", ""],
  ["devtools starter watchman", ""],
  ["server worker", "server worker"],
])("of the scripts '%s' are proposed '%s'", (names, expected) => {
  const scripts = Object.fromEntries(names.split(" ").map((name) => [name, `run ${name}`]));
  const proposed = scriptProposals({ scripts }, "npm");
  const [starting, waiting] = [true, false].map((auto_start) =>
    proposed.filter((each) => each.auto_start === auto_start).map(({ name }) => name),
  );
  const said = [starting?.join(" "), waiting?.join(" ")].filter(Boolean).join(" | ");
  expect(said).toBe(expected);
});

test("a script is run by its package manager, and its name is quoted where a shell would read more in it", () => {
  const scripts = { dev: "vite", "dev:$(touch x)": "y", "dev 'b'": "z" };
  expect(scriptProposals({ scripts }, "bun").map(({ command }) => command)).toEqual([
    "bun run dev --port $PORT --strictPort",
    "bun run 'dev:$(touch x)'",
    "bun run 'dev '\\''b'\\'''",
  ]);
});

test("a script that calls taskmux, is empty or is no text is not proposed", () => {
  const scripts = { dev: "taskmux start", start: " ", serve: 7, watch: null, worker: "node w.js" };
  expect(scriptProposals({ scripts }, "npm").map(({ name }) => name)).toEqual(["worker"]);
});

/** Scripts with their commands; those after the bar don't start by themselves. */
test.each<[scripts: Record<string, string>, expected: string]>([
  [{ api: "node api/server.js", web: "vite", worker: "node worker.js" }, "api web worker"],
  [{ api: "tsx watch src/api.ts", ui: "next dev", jobs: "bun jobs.ts" }, "api ui jobs"],
  [{ api: "tsc -p api", web: "vite build", docs: "typedoc" }, ""],
  [{ dev: "concurrently npm:api npm:web", api: "node a.js", web: "vite" }, "dev | api web"],
  [{ dev: "run-p api worker", api: "node a.js", worker: "node w.js" }, "dev | api worker"],
  [{ dev: "vite", api: "node a.js", worker: "node w.js" }, "dev worker | api"],
  [{ frontend: "cd web && npx vite", backend: "PORT=1 nodemon" }, "frontend backend"],
  [{ hello: "node hello.js", x: "echo dev server" }, ""],
  [{ tailwind: "tailwindcss -i in.css -o out.css --watch", types: "tsc -w" }, "tailwind types"],
  [{ dev: "vite", preview: "vite preview", css: "sass --watch a:b" }, "dev | css"],
  [{ api: "node a.js", preapi: "node check.js", postapi: "node b.js" }, "api"],
])("of the scripts %j are proposed '%s'", (scripts, expected) => {
  const proposed = scriptProposals({ scripts }, "npm");
  const [starting, waiting] = [true, false].map((auto_start) =>
    proposed.filter((each) => each.auto_start === auto_start).map(({ name }) => name),
  );
  expect([starting?.join(" "), waiting?.join(" ")].filter(Boolean).join(" | ")).toBe(expected);
});

test.each<[manager: PackageManager, command: string]>([
  ["npm", "npm run dev -- --port $PORT"],
  ["pnpm", "pnpm run dev --port $PORT"],
  ["yarn", "yarn run dev --port $PORT"],
  ["bun", "bun run dev --port $PORT"],
])("%s passes the port on", (manager, command) => {
  const [proposal] = scriptProposals({ scripts: { dev: "next dev" } }, manager);
  expect(proposal).toMatchObject({ command, port: "3000+" });
});

test("a script that has a port of its own keeps it", () => {
  const [proposal] = scriptProposals({ scripts: { dev: "next dev -p 4000" } }, "npm");
  expect(proposal).toEqual({
    name: "dev",
    command: "npm run dev",
    auto_start: true,
    source: "package.json",
  });
});
