import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "./targets.ts";

const root = join(import.meta.dirname, "..");

/** The Bun that a binary for another platform is made of; the one that builds is of the same version. */
export const RUNTIME_VERSION = "1.4.5";

/**
 * What each platform's Bun is called in npm's registry (`@oven/bun-NAME`), and the checksum that the registry states for its archive:
 * `npm view @oven/bun-NAME@VERSION dist.integrity`.
 */
export const RUNTIMES: Record<Target, { name: string; sha512: string }> = {
  "linux-x64": {
    name: "linux-x64",
    sha512:
      "IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==",
  },
  "linux-arm64": {
    name: "linux-aarch64",
    sha512:
      "4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  },
  "linux-x64-musl": {
    name: "linux-x64-musl",
    sha512:
      "10QoW/YfTgnURaGEaHpJCiXjLI2e5iTtfVDaA5JKcyUzaa1cq6cVUY9/Uq5XkYzvtRjHLRe9Oj/lTDIQcxy8HQ==",
  },
  "linux-arm64-musl": {
    name: "linux-aarch64-musl",
    sha512:
      "XCNc+WvvMAdNNb+OWTogpy+N9wm62fkVeEVLb6how0RZhW5LPi6c7BlkeVCuWps7XjEl2saFpHFa20/1E+PAHg==",
  },
  "darwin-x64": {
    name: "darwin-x64",
    sha512:
      "qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==",
  },
  "darwin-arm64": {
    name: "darwin-aarch64",
    sha512:
      "4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==",
  },
};

interface Source {
  registry?: string;
  /** Where the runtimes are kept, by version and name. */
  directory?: string;
  sha512?: string;
}

/**
 * The path of a target's Bun. It is downloaded once, and compared with the checksum above: Bun itself would download it unchecked
 * when it compiles for another platform.
 */
export async function runtimeOf(target: Target, source: Source = {}): Promise<string> {
  const { name, sha512 } = { ...RUNTIMES[target], ...source };
  const directory = source.directory ?? join(root, ".tools/runtimes");
  const runtime = join(directory, `bun-${name}-${RUNTIME_VERSION}`);
  if (existsSync(runtime)) return runtime;
  const registry = source.registry ?? process.env["NPM_CONFIG_REGISTRY"] ?? npmRegistry();
  const url = `${registry.replace(/\/$/, "")}/@oven/bun-${name}/-/bun-${name}-${RUNTIME_VERSION}.tgz`;
  console.error(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be downloaded: ${response.status}`);
  const archive = new Uint8Array(await response.arrayBuffer());
  const found = new Bun.CryptoHasher("sha512").update(archive).digest("base64");
  if (found !== sha512)
    throw new Error(`The checksum of ${url} is wrong: it is ${found}, not ${sha512}`);
  unpack(archive, directory, runtime);
  return runtime;
}

/** The address of the registry that this machine's npm asks. */
function npmRegistry(): string {
  if (Bun.which("npm") === null)
    throw new Error("There is no npm that names its registry; NPM_CONFIG_REGISTRY may name one");
  const { exitCode, stdout, stderr } = Bun.spawnSync(["npm", "config", "get", "registry"]);
  if (exitCode !== 0) throw new Error(`npm names no registry: ${stderr.toString()}`);
  return stdout.toString().trim();
}

/** Made in a stage and moved into place when it is whole. */
function unpack(archive: Uint8Array, directory: string, runtime: string): void {
  const stage = join(directory, `stage.${process.pid}`);
  mkdirSync(stage, { recursive: true });
  try {
    writeFileSync(join(stage, "bun.tgz"), archive);
    const tar = ["tar", "-xzf", join(stage, "bun.tgz"), "-C", stage, "package/bin/bun"];
    const { exitCode, stderr } = Bun.spawnSync(tar);
    if (exitCode !== 0) throw new Error(`${tar.join(" ")}: ${stderr.toString()}`);
    renameSync(join(stage, "package/bin/bun"), runtime);
  } finally {
    rmSync(stage, { recursive: true });
  }
}
