import { expect, test } from "bun:test";
import { join } from "node:path";
import { isOnlyProgram } from "../../../src/adapters/processes/own-begin.ts";
import { root } from "../../helpers/binary.ts";

/** /proc/PID/stat: page faults of children, pages read by children, begin in ticks. */
const stat = (faults: number, reads: number, start: number): string =>
  `7 (a) (b) S 1 7 7 0 -1 4194304 900 ${faults} 3 ${reads} 4 2 0 0 20 0 1 0 ${start} 1000 100`;

test.each([
  ["at once", stat(0, 0, 5000), 20, true],
  ["by the clocks' rounding before", stat(0, 0, 5000), 80, true],
  ["late on a busy machine", stat(0, 0, 4600), 20, true],
  ["after something else", stat(0, 0, 4400), 20, false],
  ["after a child", stat(1, 0, 5000), 20, false],
  ["after a child that read from a disk", stat(0, 1, 5000), 20, false],
  ["by the clock of a container", stat(0, 0, 500_000), 20, false],
  ["unknown", "", 20, false],
])("a program that began %s is its process's only one, or not", (_, text, age, isOnly) => {
  expect(isOnlyProgram(text, "50.05 90.00\n", age)).toBe(isOnly);
});

test.skipIf(process.platform !== "linux").each([
  ["exec", "true"],
  ["read line </dev/null; exec", "true"],
  ["ls /; exec", "false"],
  ["ls / | cat; exec", "false"],
])("a shell that runs `%s` and this program", (before, answer) => {
  const module = join(root, "src/adapters/processes/own-begin.ts");
  const program = `import { isOurOnlyProgram } from "${module}"; console.log(isOurOnlyProgram())`;
  const script = `${before} "$@"`;
  const argv = ["sh", "-c", script, "sh", process.execPath, "-e", program];
  const { stdout } = Bun.spawnSync(argv);
  expect(stdout.toString().trim().split("\n").at(-1)).toBe(answer);
});
