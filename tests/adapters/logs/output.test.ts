import { expect, test } from "bun:test";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LogOutput } from "../../../src/adapters/logs/output.ts";
import { directoryWith } from "../../helpers/directory.ts";

const OLD = `${"a".repeat(89)}\n`;
const LINE = `${"c".repeat(59)}\n`;

/** An output to a log that another writer rotates at the moment when this one has found it full. */
function rotatedMeanwhile(path: string, rotate: () => void): LogOutput {
  let isRotated = false;
  return new LogOutput({
    path,
    maxFiles: 3,
    isOurs: true,
    get maxSize() {
      if (!isRotated) rotate();
      isRotated = true;
      return 100;
    },
  });
}

test("a log that another writer has just rotated is not rotated again", () => {
  using root = directoryWith({ "web.log": OLD });
  const path = join(root.path, "web.log");
  const output = rotatedMeanwhile(path, () => {
    renameSync(path, `${path}.1`);
    writeFileSync(path, "b\n");
  });
  expect(output.append(Buffer.from(LINE))).toBe(LINE.length);
  output.close();
  expect(readFileSync(path, "utf8")).toBe(`b\n${LINE}`);
  expect(readFileSync(`${path}.1`, "utf8")).toBe(OLD);
  expect(existsSync(`${path}.2`)).toBe(false);
});

test("nor is one that isn't there any more", () => {
  using root = directoryWith({ "web.log": OLD, "web.log.1": "older\n" });
  const path = join(root.path, "web.log");
  const output = rotatedMeanwhile(path, () => renameSync(path, `${path}.taken`));
  expect(output.append(Buffer.from(LINE))).toBe(LINE.length);
  output.close();
  expect(readFileSync(path, "utf8")).toBe(LINE);
  expect(readFileSync(`${path}.1`, "utf8")).toBe("older\n");
});
