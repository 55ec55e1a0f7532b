import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "../build.ts";
import { tarOf } from "./tar.ts";

const root = join(import.meta.dirname, "..");

/**
 * Writes what a release offers into `dist/release`, anew: `taskmux-TARGET.tar.gz` of each binary `dist/taskmux-TARGET`, the
 * installer, and `SHA256SUMS` of all of them. `repository` is OWNER/NAME on GitHub; the installer downloads from there.
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
  for (const [name, bytes] of files) writeFileSync(join(directory, name), bytes);
  writeFileSync(join(directory, "SHA256SUMS"), sumsOf(files));
}

/** Of one executable, `taskmux`; the same bytes each time. */
export const archive = (bytes: Uint8Array): Uint8Array =>
  Bun.gzipSync(new Uint8Array(tarOf("taskmux", bytes)), { level: 9 });

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
  [...files].map(([name, bytes]) => `${Bun.SHA256.hash(bytes, "hex")}  ${name}\n`).join("");

/** The installer, told where its release is. */
function installerOf(repository: string | undefined): string {
  const text = readFileSync(join(root, "install.sh"), "utf8");
  if (repository === undefined) return text;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error(`No OWNER/NAME: '${repository}'`);
  return text.replace(/^repository=$/m, `repository=${repository}`);
}
