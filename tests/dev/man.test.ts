import { expect, test } from "bun:test";
import { join } from "node:path";
import { version } from "../../package.json";
import { manPage } from "../../scripts/man.ts";
import { archive } from "../../scripts/release.ts";
import { allCommands } from "../../src/cli/command-table.ts";
import { flagsOf } from "../../src/cli/flags.ts";
import { createWorld } from "../helpers/world.ts";

/** Without the marks of roff. */
const plain = manPage()
  .replaceAll(/\\f[BIR]/g, "")
  .replaceAll("\\-", "-")
  .replaceAll("\\e", "\\");

test("the man page tells of every command and flag, by the command table", () => {
  expect(plain).toStartWith(`.TH TASKMUX 1 "`);
  for (const command of allCommands()) {
    const { name, alias = [], example } = command.meta;
    expect(plain).toContain(`\n.SS "${[name, ...alias].join(", ")}"\n`);
    expect(plain).toContain(`\nExample: ${example.replaceAll("'", "\\(aq")}\n`);
    for (const flag of flagsOf(command.args).keys()) expect(plain).toContain(`--${flag}`);
  }
});

test("no line of text begins like a request of roff, and the date is a day", () => {
  const requests = manPage()
    .split("\n")
    .flatMap((line) => /^[.'](\w*)/.exec(line)?.[1] ?? []);
  expect([...new Set(requests)].toSorted()).toEqual(["BR", "PP", "SH", "SS", "TH", "TP"]);
  expect(manPage().split("\n")[0]).toMatch(/^\.TH TASKMUX 1 "\d{4}-\d\d-\d\d" "taskmux \S+"$/);
});

const CHECKS = [
  ["mandoc", "-T", "lint", "-W", "warning"],
  ["groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-z"],
];

test.each(CHECKS)("%s finds no fault in it", async (tool, ...flags) => {
  if (Bun.which(tool) === null) return;
  await using world = createWorld();
  const page = world.write("taskmux.1", manPage());
  const { exitCode, stdout, stderr } = await world.runProgram([tool, ...flags, page]);
  expect({ exitCode, said: stdout + stderr }).toEqual({ exitCode: 0, said: "" });
});

test("an archive of a release has the executable and the man page, always the same bytes", async () => {
  await using world = createWorld();
  const program = Buffer.from(`#!/bin/sh\necho ${version}\n`);
  const bytes = archive(program);
  expect(archive(program)).toEqual(bytes);
  await Bun.write(join(world.project, "a.tar.gz"), new Uint8Array(bytes));
  const unpacked = await world.runProgram(["tar", "-xzf", "a.tar.gz"]);
  expect(unpacked).toMatchObject({ exitCode: 0, stderr: "" });
  expect((await world.runProgram(["./taskmux"])).stdout).toBe(`${version}\n`);
  expect(await Bun.file(join(world.project, "taskmux.1")).text()).toBe(manPage());
  const { stdout } = await world.runProgram(["ls", "-l", "taskmux", "taskmux.1"]);
  expect(stdout).toMatch(/^-rwxr-xr-x .*taskmux\n-rw-r--r-- .*taskmux\.1\n$/);
});
