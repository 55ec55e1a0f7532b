import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../helpers/binary.ts";
import { NotToBeHad } from "./tool.ts";

/** Where what is compared is installed; `rm -r` it to install all again. */
export const cache = join(root, ".tools/peers");

const LIMIT = 600_000; // ms; a Go program is compiled

/**
 * The directory `cache`/`name`, which `fill` fills where it hasn't been filled yet. A fill that failed or was
 * interrupted is done again from nothing: a virtual environment can't be made elsewhere and moved.
 */
export async function installed(
  cache: string,
  name: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(cache, name);
  const stamp = join(directory, ".installed");
  if (existsSync(stamp)) return directory;
  console.error(`${name}: installing it under ${cache}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  await fill(directory);
  writeFileSync(stamp, "");
  return directory;
}

/** Runs a step of an installation; its stdout. Throws a `NotToBeHad` with its last words where it fails. */
export async function step(
  argv: string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<string> {
  if (!Bun.which(argv[0]!)) throw new NotToBeHad(`needs ${argv[0]}, which is not here`);
  const child = Bun.spawn(argv, {
    cwd,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: LIMIT,
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) === 0) return stdout;
  throw new NotToBeHad(`${argv.slice(0, 2).join(" ")}: ${lastLine(stderr) ?? lastLine(stdout)}`);
}

const lastLine = (text: string): string | undefined => text.trim().split("\n").at(-1)?.trim();

/** An npm package; the directory that holds its `node_modules`. Its install scripts don't run. */
export const fromNpm = (cache: string, name: string, version: string): Promise<string> =>
  installed(cache, `${name}-${version}`, async (directory) => {
    const words = ["--no-audit", "--no-fund", "--ignore-scripts", "--cache", "npm-cache"];
    await step(
      ["npm", "install", "--prefix", directory, ...words, `${name}@${version}`],
      directory,
    );
    rmSync(join(directory, "npm-cache"), { recursive: true, force: true });
  });

/**
 * A program that Go builds; its path. It is a requirement of a module made for it, for `go install` asks for the list of
 * all versions, which not every proxy has.
 */
export async function fromGo(
  cache: string,
  name: string,
  version: string,
  { module, command }: { module: string; command: string },
): Promise<string> {
  const directory = await installed(cache, `${name}-${version}`, async (directory) => {
    writeFileSync(join(directory, "go.mod"), `module peers\n\nrequire ${module} v${version}\n`);
    const made = join(directory, "made");
    const env = {
      GOPATH: join(made, "path"),
      GOCACHE: join(made, "cache"),
      GOFLAGS: "-mod=mod -modcacherw -buildvcs=false",
    };
    await step(["go", "build", "-o", join(directory, name), command], directory, env);
    rmSync(made, { recursive: true, force: true });
  });
  return join(directory, name);
}
