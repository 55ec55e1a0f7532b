import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../helpers/binary.ts";

const text = readFileSync(join(root, "SECURITY.md"), "utf8");

/** The lines that name a test file, with the names of its tests. */
const proofs = [...text.matchAll(/^- `(tests\/[^`]+)`: (.*)$/gm)].map(
  ([, file = "", rest = ""]) => ({
    file,
    names: [...rest.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name),
  }),
);

test("SECURITY.md names a test for each threat, and each is there", () => {
  const threats = text.split(/^## /m).slice(1);
  const unproved = threats.filter((threat) => !threat.includes("- `tests/"));
  expect(unproved.map((threat) => threat.split("\n")[0])).toEqual(["What is not guarded against"]);
  for (const { file, names } of proofs) {
    const source = readFileSync(join(root, file), "utf8");
    for (const name of names) expect(source).toContain(`"${name}"`);
  }
});
