import { expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { replaceConfigText } from "../../../src/adapters/config/edit-file.ts";
import { isFailure } from "../../../src/domain/failure.ts";
import { directoryWith } from "../../helpers/directory.ts";

test("a config is replaced, and nothing is left next to it", () => {
  using directory = directoryWith({ "taskmux.toml": "a = 1\n" });
  const path = join(directory.path, "taskmux.toml");
  chmodSync(path, 0o604);
  expect(replaceConfigText(path, "a = 1\n", "b = 2\n")).toBe(true);
  expect(readFileSync(path, "utf8")).toBe("b = 2\n");
  expect(statSync(path).mode & 0o7777).toBe(0o604);
  expect(readdirSync(directory.path)).toEqual(["taskmux.toml"]);
});

test("a config that says something else by now is left as it is", () => {
  using directory = directoryWith({ "taskmux.toml": "saved = 1\n" });
  const path = join(directory.path, "taskmux.toml");
  expect(replaceConfigText(path, "a = 1\n", "b = 2\n")).toBe(false);
  expect(readFileSync(path, "utf8")).toBe("saved = 1\n");
  expect(readdirSync(directory.path)).toEqual(["taskmux.toml"]);
});

test("a link to a config in another directory stays a link", () => {
  using directory = directoryWith({ "real/shared.toml": "a = 1\n", "here/x": "" });
  const path = join(directory.path, "here/taskmux.toml");
  symlinkSync("../real/shared.toml", path);
  expect(replaceConfigText(path, "a = 1\n", "b = 2\n")).toBe(true);
  expect(readFileSync(join(directory.path, "real/shared.toml"), "utf8")).toBe("b = 2\n");
  expect(readdirSync(join(directory.path, "here")).toSorted()).toEqual(["taskmux.toml", "x"]);
});

// Root may write anything.
test.skipIf(process.geteuid?.() === 0)("a config that is write-protected stays so", () => {
  using directory = directoryWith({ "taskmux.toml": "a = 1\n" });
  const path = join(directory.path, "taskmux.toml");
  chmodSync(path, 0o444);
  expect(isFailure(replaceConfigText(path, "a = 1\n", "b = 2\n"))).toBe(true);
  expect(readFileSync(path, "utf8")).toBe("a = 1\n");
});
