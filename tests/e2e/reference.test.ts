import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reference } from "../../scripts/reference.ts";

const path = join(import.meta.dir, "../../docs/reference.md");

test("docs/reference.md is what `bun scripts/reference.ts` writes", () => {
  expect(readFileSync(path, "utf8")).toBe(reference());
});

test("it tells of every command, event and error code", () => {
  const text = reference();
  for (const one of ["### start", "### daemon", "`task_exited`", "`config_invalid`", "`E701`"])
    expect(text).toContain(one);
});
