import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { manPage } from "./man.ts";
import { recipes } from "./packaging.ts";
import { tarOf } from "./tar.ts";
import { TARGETS, type Target } from "./targets.ts";

const root = join(import.meta.dirname, "..");

/**
 * Writes the files of a release into `dist/release`, from scratch: `taskmux-TARGET.tar.gz` of each binary `dist/taskmux-TARGET`, the
 * installer, the recipes for package managers, and `SHA256SUMS` of all of them. `repository` is OWNER/NAME on GitHub: the installer and
 * the recipes download from there. Without it, or without every target, there are no recipes.
 */
export function packRelease(
  targets: readonly Target[],
  repository: string | undefined,
  dist = join(root, "dist"),
): void {
  const directory = join(dist, "release");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const files = new Map<string, Uint8Array>();
  files.set("install.sh", Buffer.from(installerOf(repository)));
  for (const target of targets) {
    files.set(`taskmux-${target}.tar.gz`, archive(readFileSync(join(dist, `taskmux-${target}`))));
  }
  if (repository !== undefined && TARGETS.every((each) => targets.includes(each))) {
    const sumOf = (target: Target) => sha256(files.get(`taskmux-${target}.tar.gz`)!);
    const sums = Object.fromEntries(TARGETS.map((target) => [target, sumOf(target)]));
    const packaged = { repository, version, sums: sums as Record<Target, string> };
    for (const [name, bytes] of recipes(packaged)) files.set(name, bytes);
  }
  for (const [name, bytes] of files) writeFileSync(join(directory, name), bytes);
  writeFileSync(join(directory, "SHA256SUMS"), sumsOf(files));
}

/** Of the executable, `taskmux`, and its manual page; the same bytes each time. */
export function archive(executable: Uint8Array): Uint8Array {
  const files = [
    { name: "taskmux", content: executable, mode: 0o755 },
    { name: "taskmux.1", content: Buffer.from(manPage()), mode: 0o644 },
  ];
  return Bun.gzipSync(new Uint8Array(tarOf(files)), { level: 9 });
}

/**
 * Signs a Mac's binary again, where `codesign` is: Bun leaves the one for Intel with its own signature, which isn't
 * right any more. A release is therefore built on a Mac.
 */
export function sign(binary: string): void {
  if (process.platform !== "darwin") return;
  const { exitCode, stderr } = Bun.spawnSync(["codesign", "--force", "--sign", "-", binary]);
  if (exitCode !== 0) throw new Error(`codesign ${binary}: ${stderr.toString()}`);
}

/** As `sha256sum --check` reads it. */
export const sumsOf = (files: Map<string, Uint8Array>): string =>
  [...files].map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`).join("");

const sha256 = (bytes: Uint8Array): string => Bun.SHA256.hash(bytes, "hex");

/** The installer with the address of its release. */
function installerOf(repository: string | undefined): string {
  const text = readFileSync(join(root, "install.sh"), "utf8");
  if (repository === undefined) return text;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error(`No OWNER/NAME: '${repository}'`);
  return text.replace(/^repository=$/m, `repository=${repository}`);
}
