import { expect, test } from "bun:test";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../helpers/binary.ts";
import { importCircles } from "../helpers/import-circles.ts";
import { createWorld } from "../helpers/world.ts";

/** A file of a layer, what stands in it, and whether the linter lets it stand. */
const RULES: [file: string, line: string, allowed: boolean][] = [
  ["domain/a.ts", 'import { graph } from "./graph.ts"; export const a = graph;', true],
  ["domain/b.ts", 'import { Type } from "@sinclair/typebox"; export const b = Type;', true],
  ["domain/c.ts", 'import type { Tmux } from "../adapters/tmux.ts"; export type C = Tmux;', false],
  ["domain/d.ts", 'export { start } from "../app/start.ts";', false],
  ["domain/e.ts", 'import { join } from "node:path"; export const e = join;', false],
  ["domain/f.ts", 'import { readFileSync } from "fs"; export const f = readFileSync;', false],
  ["domain/g.ts", "export const g = Bun.version;", false],
  ["domain/h.ts", "export const h = process.env;", false],
  ["domain/j.ts", "export const j = Date.now();", false],
  ["domain/results/a.ts", 'import { codes } from "../failure.ts"; export const a = codes;', true],
  [
    "domain/results/b.ts",
    'import { units } from "../values/units.ts"; export const b = units;',
    true,
  ],
  ["domain/results/c.ts", 'import { parts } from "./parts.ts"; export const c = parts;', true],
  [
    "domain/results/d.ts",
    'import type { End } from "../tasks/lifecycle.ts"; export type D = End;',
    false,
  ],
  ["domain/results/e.ts", 'import type { Body } from "../events.ts"; export type E = Body;', false],
  ["domain/results/f.ts", 'import { join } from "node:path"; export const f = join;', false],
  ["domain/i.ts", 'export const i = () => import("../adapters/tmux.ts");', false],
  ["adapters/a.ts", 'import { graph } from "../domain/graph.ts"; export const a = graph;', true],
  ["adapters/b.ts", 'import { join } from "node:path"; export const b = join;', true],
  ["adapters/c.ts", 'import { start } from "../app/start.ts"; export const c = start;', false],
  ["adapters/d.ts", 'import type { Flags } from "../cli/flags.ts"; export type D = Flags;', false],
  ["app/a.ts", 'import type { Tmux } from "../adapters/tmux.ts"; export type A = Tmux;', true],
  ["app/b.ts", 'import { graph } from "../domain/graph.ts"; export const b = graph;', true],
  ["app/c.ts", 'import { tmux } from "../adapters/tmux.ts"; export const c = tmux;', false],
  ["app/d.ts", 'export const d = () => import("../adapters/tmux.ts");', false],
  ["app/e.ts", 'import { flags } from "../cli/flags.ts"; export const e = flags;', false],
  ["app/f.ts", 'import { readFileSync } from "node:fs"; export const f = readFileSync;', false],
  ["app/g.ts", "export const g = process.pid;", false],
  ["app/h.ts", "export const h = Bun.version;", false],
  ["app/i.ts", "export const i = () => setTimeout(() => {}, 1);", false],
  ["app/j.ts", "export const j = Date.now();", false],
  ["app/k.ts", "export const k = new Date(1).toISOString();", true],
  [
    "app/l.ts",
    "export const l = ({ process }: { process: { pid: number } }) => process.pid;",
    true,
  ],
  ["app/commands/a.ts", 'import { stop } from "../tasks/stop.ts"; export const a = stop;', true],
  ["app/tasks/a.ts", 'import { find } from "../logs/find.ts"; export const a = find;', true],
  [
    "app/tasks/b.ts",
    'import type { Params } from "../../domain/api/params.ts"; export type B = Params;',
    true,
  ],
  [
    "app/tasks/c.ts",
    'import { start } from "../commands/start.ts"; export const c = start;',
    false,
  ],
  [
    "app/tasks/d.ts",
    'import type { Watch } from "../monitor/watch.ts"; export type D = Watch;',
    false,
  ],
  [
    "app/tasks/e.ts",
    'import { tmux } from "../../adapters/tmux.ts"; export const e = tmux;',
    false,
  ],
  ["app/logs/a.ts", 'export const a = () => import("../api/feeds.ts");', false],
  [
    "app/logs/b.ts",
    'import { readFileSync } from "node:fs"; export const b = readFileSync;',
    false,
  ],
  [
    "cli/render/a.ts",
    'import { graph } from "../../domain/graph.ts"; export const a = graph;',
    true,
  ],
  ["cli/render/b.ts", 'import { style } from "./style.ts"; export const b = style;', true],
  [
    "cli/render/c.ts",
    'import type { Tmux } from "../../adapters/tmux.ts"; export type C = Tmux;',
    false,
  ],
  ["cli/render/d.ts", 'import { run } from "../run.ts"; export const d = run;', false],
  ["cli/render/e.ts", 'import { write } from "bun"; export const e = write;', false],
  [
    "cli/render/f.ts",
    'import { readFileSync } from "node:fs"; export const f = readFileSync;',
    false,
  ],
  ["cli/render/g.ts", "export const g = process.stdout.columns;", false],
  ["cli/render/h.ts", "export const h = Date.now();", false],
  ["cli/a.ts", 'import { start } from "../app/start.ts"; export const a = start;', true],
  ["cli/b.ts", 'import { tmux } from "../adapters/tmux.ts"; export const b = tmux;', true],
  ["cli/c.ts", 'import { main } from "../main.ts"; export const c = main;', false],
  ["page/a.ts", 'import { graph } from "../domain/graph.ts"; export const a = graph;', true],
  ["page/b.ts", 'import { style } from "../cli/style.ts"; export const b = style;', false],
  ["page/c.ts", "export const c = Bun.version;", false],
  ["main.ts", 'import { run } from "./cli/action.ts"; await run();', true],
];

test("the linter lets imports run cli -> app -> adapters -> domain only, and keeps domain pure", async () => {
  await using world = createWorld();
  copyFileSync(join(root, ".oxlintrc.json"), join(world.project, ".oxlintrc.json"));
  for (const [file, line] of RULES) world.write(`src/${file}`, `${line}\n`);

  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  const linted = await world.runProgram([process.execPath, oxlint, "--format=json", "src"]);
  const { diagnostics }: { diagnostics: Diagnostic[] } = JSON.parse(linted.stdout);
  const restrictions = diagnostics.filter(({ code }) => code.includes("no-restricted-"));
  const refused = new Set(restrictions.map(({ filename }) => filename));

  const expected = RULES.filter(([, , allowed]) => !allowed).map(([file]) => `src/${file}`);
  expect([...refused].toSorted()).toEqual(expected.toSorted());
});

const circles: [what: string, files: Record<string, string>, circles: string[][]][] = [
  ["a chain", { "a.ts": 'import { b } from "./b.ts";', "b.ts": "export const b = 1;" }, []],
  ["a file that imports itself", { "a.ts": 'import("./a.ts");' }, []],
  [
    "two values",
    { "a.ts": 'import { b } from "./b.ts";', "b.ts": 'export { a } from "./a.ts";' },
    [["a.ts", "b.ts"]],
  ],
  [
    "a type and a lazy import, over three folders",
    {
      "x/a.ts": 'import {\n  type B,\n} from "../y/b.ts";',
      "y/b.ts": 'import type { C } from "../c.ts";',
      "c.ts": 'const a = () => import("./x/a.ts");',
      "d.ts": 'import { c } from "./c.ts";',
    },
    [["c.ts", "x/a.ts", "y/b.ts"]],
  ],
  [
    "two of them",
    {
      "a.ts": 'import "./b.ts";',
      "b.ts": 'import "./a.ts"; import "./c.ts";',
      "c.ts": 'import "./d.ts";',
      "d.ts": 'type C = import("./c.ts").C;',
    },
    [
      ["a.ts", "b.ts"],
      ["c.ts", "d.ts"],
    ],
  ],
];

test.each(circles)("circles of imports are seen: %s", (_, files, expected) => {
  expect(importCircles(new Map(Object.entries(files)))).toEqual(expected);
});

test("no imports of the sources go in a circle, types and lazy ones included", () => {
  const paths = [...new Bun.Glob("src/**/*.ts").scanSync(root)];
  const files = new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
  expect(files.size).toBeGreaterThan(200);
  expect(importCircles(files)).toEqual([]);
});

interface Diagnostic {
  code: string;
  filename: string;
}
