import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { notUtf8 } from "../../../src/adapters/system/current-directory.ts";
import { directoryWith } from "../../helpers/directory.ts";

test("a path that can only be given by another name is refused, and one that has that name is not", () => {
  using root = directoryWith({});
  const path = join(root.path, "caf\uFFFD");
  expect(notUtf8(path)).toMatchObject({
    code: "E106",
    message: `This path can't be used, because it is not UTF-8: ${path}`,
  });
  mkdirSync(path);
  expect(notUtf8(path)).toBeNull();
  expect(notUtf8(join(root.path, "nowhere"))).toBeNull();
});
