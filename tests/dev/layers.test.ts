import { expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../helpers/binary.ts";
import { createWorld } from "../helpers/world.ts";

/** A file of a layer, what stands in it, and whether the linter lets it stand. */
const rules: [file: string, line: string, allowed: boolean][] = [
  ["domain/a.ts", 'import { graph } from "./graph.ts"; export const a = graph;', true],
  ["domain/b.ts", 'import { Type } from "@sinclair/typebox"; export const b = Type;', true],
  ["domain/c.ts", 'import type { Tmux } from "../adapters/tmux.ts"; export type C = Tmux;', false],
  ["domain/d.ts", 'export { start } from "../app/start.ts";', false],
  ["domain/e.ts", 'import { join } from "node:path"; export const e = join;', false],
  ["domain/f.ts", 'import { readFileSync } from "fs"; export const f = readFileSync;', false],
  ["domain/g.ts", "export const g = Bun.version;", false],
  ["domain/h.ts", "export const h = process.env;", false],
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
  for (const [file, line] of rules) world.write(`src/${file}`, `${line}\n`);

  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  const linted = await world.runProgram([process.execPath, oxlint, "--format=json", "src"]);
  const { diagnostics }: { diagnostics: Diagnostic[] } = JSON.parse(linted.stdout);
  const restrictions = diagnostics.filter(({ code }) => code.includes("no-restricted-"));
  const refused = new Set(restrictions.map(({ filename }) => filename));

  const expected = rules.filter(([, , allowed]) => !allowed).map(([file]) => `src/${file}`);
  expect([...refused].toSorted()).toEqual(expected.toSorted());
});

interface Diagnostic {
  code: string;
  filename: string;
}
