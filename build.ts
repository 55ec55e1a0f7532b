import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { version } from "./package.json";
import { runtimeOf } from "./scripts/runtimes.ts";
import { TARGETS, type Target } from "./scripts/targets.ts";

/** As in src/adapters/system/platform.ts. */
type System = "linux" | "darwin";

const root = import.meta.dirname;

/**
 * Builds one binary in `directory` and returns its path: `taskmux`, or `taskmux-TARGET` where a target is
 * named. The same sources give the same bytes.
 */
export async function build(target?: Target, directory = `${root}/dist`): Promise<string> {
  const name = target ? `taskmux-${target}` : "taskmux";
  const runtime = target && (await runtimeOf(target));
  return make(name, directory, (outfile) => options(outfile, target, undefined, runtime));
}

/** For tests: a binary for this machine that asks another system's programs about processes, `taskmux-as-SYSTEM`. */
export const buildAs = (system: System, directory = `${root}/dist`): Promise<string> =>
  make(`taskmux-as-${system}`, directory, (outfile) => options(outfile, undefined, system));

async function make(
  name: string,
  directory: string,
  optionsFor: (outfile: string) => Bun.BuildConfig,
): Promise<string> {
  // Built next to its place and moved into it: a running old binary continues, and nobody sees half a
  // one. In a directory, for the name of the file is in its bytes.
  const unfinished = `${directory}/.build-${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    await Bun.build(optionsFor(`${unfinished}/${name}`));
    renameSync(`${unfinished}/${name}`, `${directory}/${name}`);
  } finally {
    rmSync(unfinished, { recursive: true });
  }
  return `${directory}/${name}`;
}

function options(
  outfile: string,
  target?: Target,
  system?: System,
  runtime?: string,
): Bun.BuildConfig {
  return {
    entrypoints: [`${root}/src/main.ts`],
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    // Without it `import()` is not lazy in a compiled binary.
    splitting: true,
    define: {
      "process.env.NODE_ENV": '"production"',
      TASKMUX_VERSION: JSON.stringify(version),
      TASKMUX_SYSTEM: JSON.stringify(system ?? systemOf(target ?? process.platform)),
      TASKMUX_LIBC: JSON.stringify(target ? libcOf(target) : ownLibc()),
    },
    compile: {
      outfile,
      ...(target && { target: `bun-${target}` }),
      ...(runtime && { executablePath: runtime }),
      // The directory we run in is a stranger's: nothing in it may become our code or our settings.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
      execArgv: ["--disallow-code-generation-from-strings=strict"],
      // Commands live for milliseconds: compiling their code costs more than it saves.
      jitPolicy: 8,
    },
  };
}

const systemOf = (target: string): System => (target.startsWith("darwin") ? "darwin" : "linux");

const libcOf = (target: string): "gnu" | "musl" => (target.endsWith("-musl") ? "musl" : "gnu");

/** Bun's own, which a binary for this machine takes over. */
function ownLibc(): "gnu" | "musl" {
  if (process.platform !== "linux") return "gnu";
  return readFileSync("/proc/self/maps", "latin1").includes("/ld-musl-") ? "musl" : "gnu";
}

async function report(target?: Target): Promise<void> {
  const start = performance.now();
  const binary = await build(target);
  const megabytes = (statSync(binary).size / 1e6).toFixed(1);
  const milliseconds = Math.round(performance.now() - start);
  console.log(`${binary.slice(root.length + 1)}  ${megabytes} MB  ${milliseconds} ms`);
  const note = target && noteOnSignature(target, process.platform);
  if (note) console.error(note);
}

/** Of a Mac's binary that is made elsewhere; null if there is nothing to say. */
export const noteOnSignature = (target: Target, platform: string): string | null =>
  systemOf(target) === "darwin" && platform !== "darwin"
    ? `taskmux-${target}: its signature is wrong, for only a Mac can sign it. On a Mac: codesign --force --sign - taskmux-${target}`
    : null;

/** `--target NAME`, any number of times; without it: for this machine, `all` is a release. */
function namedTargets(argv: string[]): string[] {
  const { values } = parseArgs({
    args: argv,
    options: { target: { type: "string", multiple: true, default: [] } },
  });
  return values.target;
}

/** Every binary, and from them what a release offers. */
async function release(): Promise<void> {
  for (const target of TARGETS) await report(target);
  const { packRelease, sign } = await import("./scripts/release.ts");
  for (const target of TARGETS)
    if (target.startsWith("darwin")) sign(`${root}/dist/taskmux-${target}`);
  packRelease(TARGETS, process.env["GITHUB_REPOSITORY"]);
  console.log("dist/release");
}

function known(name: string): Target {
  const target = TARGETS.find((each) => each === name);
  if (!target) throw new Error(`Unknown target '${name}': use one of ${TARGETS.join(", ")}, all`);
  return target;
}

if (import.meta.main) {
  const names = namedTargets(process.argv.slice(2));
  if (names.includes("all")) await release();
  else if (names.length === 0) await report();
  else for (const target of names.map(known)) await report(target);
}
