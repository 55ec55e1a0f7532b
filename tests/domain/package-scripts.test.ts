import { expect, test } from "bun:test";
import { packageManager, scriptProposals } from "../../src/domain/package-scripts.ts";

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
    "bun run dev",
    "bun run 'dev:$(touch x)'",
    "bun run 'dev '\\''b'\\'''",
  ]);
});

test("a script that calls taskmux, is empty or is no text is not proposed", () => {
  const scripts = { dev: "taskmux start", start: " ", serve: 7, watch: null, worker: "node w.js" };
  expect(scriptProposals({ scripts }, "npm").map(({ name }) => name)).toEqual(["worker"]);
});
