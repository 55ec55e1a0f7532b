import { readFileSync } from "node:fs";
import { version } from "../package.json";
import { type Counts, runTests, summaryOf } from "./run.ts";

/** What a check found; `output` is shown where it failed. */
interface Verdict {
  passed: number;
  failed: number;
  output: string;
  remark?: string;
}

type Check = [name: string, run: () => Verdict | Promise<Verdict>];

const root = `${import.meta.dirname}/..`;
const bun = process.execPath;
const SOURCES = ["src", "tests", "scripts", "build.ts"];

/** Every check of this tree, in order; each but the tests counts as one. */
const checks: Check[] = [
  ["types", () => program(bun, "check")],
  // Its own, for it runs in a browser.
  ["page types", () => program(bun, "check", "-p", "src/page")],
  ["format", () => program(bun, "fmt", "--check", ...SOURCES)],
  // Through Bun: the linter's own first line asks for Node, which a machine may not have.
  [
    "lint",
    () => program(bun, "run", "--bun", "oxlint", "--type-aware", "--deny-warnings", ...SOURCES),
  ],
  ["lock file", () => lockFile()],
  ["build", () => program(bun, "build.ts")],
  ["smoke", () => smoke()],
  ["tests", () => tests(process.argv.slice(2))],
];

function program(...argv: string[]): Verdict {
  const env = { ...process.env, NO_COLOR: "1" };
  const { exitCode, stdout, stderr } = Bun.spawnSync(argv, { cwd: root, stdin: "ignore", env });
  return verdict(exitCode === 0, `${stdout.toString()}${stderr.toString()}`);
}

function verdict(passed: boolean, output: string): Verdict {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, output };
}

/** A download address in the lock file would bind everyone to one machine's registry. */
function lockFile(): Verdict {
  const lines = readFileSync(`${root}/bun.lock`, "utf8").split("\n");
  const addresses = lines.filter((line) => /https?:\/\//.test(line));
  return verdict(addresses.length === 0, `Addresses in bun.lock:\n${addresses.join("\n")}\n`);
}

/** The binary starts, is this version, and finds nothing wrong with the examples. */
function smoke(): Verdict {
  const binary = `${root}/dist/taskmux`;
  const stated = program(binary, "--version");
  if (!stated.output.includes(version)) return { ...stated, passed: 0, failed: 1 };
  const examples = [...new Bun.Glob("examples/*/taskmux.toml").scanSync({ cwd: root })];
  const checked = examples.map((path) => program(binary, "check", "--config", path));
  const failed = checked.filter((each) => each.failed > 0);
  return verdict(failed.length === 0, failed.map(({ output }) => output).join(""));
}

async function tests(args: string[]): Promise<Verdict> {
  let output = "";
  const counts: Counts = await runTests(args, (text) => {
    output += text;
  });
  const remark = `${counts.passed} passed${counts.skipped ? `, ${counts.skipped} skipped` : ""}`;
  return { ...counts, output, remark };
}

async function report([name, run]: Check): Promise<Verdict> {
  process.stdout.write(name.padEnd(11));
  const start = performance.now();
  const verdict = await run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const word = verdict.failed === 0 ? "ok" : "FAILED";
  process.stdout.write(
    `${word.padEnd(7)}${seconds.padStart(6)} s  ${verdict.remark ?? ""}`.trimEnd(),
  );
  process.stdout.write(verdict.failed === 0 ? "\n" : `\n${verdict.output.trimEnd()}\n\n`);
  return verdict;
}

const TOTAL = { passed: 0, failed: 0 };
const FAILED: string[] = [];
for (const check of checks) {
  const { passed, failed } = await report(check);
  TOTAL.passed += passed;
  TOTAL.failed += failed;
  if (failed > 0) FAILED.push(check[0]);
}
// The last lines are all that some keep of a long output.
if (FAILED.length > 0) console.log(`Failed checks: ${FAILED.join(", ")}`);
console.log(summaryOf(TOTAL));
process.exitCode = TOTAL.failed === 0 ? 0 : 1;
