import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { build } from "../../build.ts";
import { root } from "../helpers/binary.ts";
import { createWorld } from "../helpers/world.ts";

const hash = (path: string): string => Bun.SHA256.hash(readFileSync(path), "hex");

test("the same sources build the same binary, which says nothing of the directory it was built in", async () => {
  await using world = createWorld();
  const first = await build(undefined, `${world.root}/first`);
  const second = await build(undefined, `${world.root}/second directory`);
  expect(hash(second)).toBe(hash(first));
  expect(readdirSync(`${world.root}/first`)).toEqual(["taskmux"]);
  for (const path of [root, world.root]) expect(readFileSync(first).indexOf(path)).toBe(-1);
});
