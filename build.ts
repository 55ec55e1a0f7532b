import { mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { version } from "./package.json";

/** What a release is built for; each is `bun-<name>` to Bun. */
export const targets = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
] as const;

export type Target = (typeof targets)[number];

const root = import.meta.dirname;

/**
 * Builds one binary in `directory` and returns its path: `taskmux`, or `taskmux-TARGET` where a target is
 * named. The same sources give the same bytes.
 */
export async function build(target?: Target, directory = `${root}/dist`): Promise<string> {
  const name = target ? `taskmux-${target}` : "taskmux";
  // Built beside its place and moved into it: whoever runs the old binary goes on, and nobody sees half a
  // one. In a directory, for the name of the file is in its bytes.
  const unfinished = `${directory}/.build-${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    await Bun.build(options(`${unfinished}/${name}`, target));
    renameSync(`${unfinished}/${name}`, `${directory}/${name}`);
  } finally {
    rmSync(unfinished, { recursive: true });
  }
  return `${directory}/${name}`;
}

function options(outfile: string, target?: Target): Bun.BuildConfig {
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
    },
    compile: {
      outfile,
      ...(target && { target: `bun-${target}` }),
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

async function report(target?: Target): Promise<void> {
  const start = performance.now();
  const binary = await build(target);
  const megabytes = (statSync(binary).size / 1e6).toFixed(1);
  const milliseconds = Math.round(performance.now() - start);
  console.log(`${binary.slice(root.length + 1)}  ${megabytes} MB  ${milliseconds} ms`);
}

/** `--target NAME`, any number of times; none of them builds for this machine, `all` is a release. */
function namedTargets(argv: string[]): string[] {
  const { values } = parseArgs({
    args: argv,
    options: { target: { type: "string", multiple: true, default: [] } },
  });
  return values.target;
}

/** Every binary, and from them what a release offers. */
async function release(): Promise<void> {
  for (const target of targets) await report(target);
  const { packRelease, sign } = await import("./scripts/release.ts");
  for (const target of targets)
    if (target.startsWith("darwin")) sign(`${root}/dist/taskmux-${target}`);
  packRelease(targets, process.env["GITHUB_REPOSITORY"]);
  console.log("dist/release");
}

function known(name: string): Target {
  const target = targets.find((each) => each === name);
  if (!target) throw new Error(`Unknown target '${name}': use one of ${targets.join(", ")}, all`);
  return target;
}

if (import.meta.main) {
  const names = namedTargets(process.argv.slice(2));
  if (names.includes("all")) await release();
  else if (names.length === 0) await report();
  else for (const target of names.map(known)) await report(target);
}
