import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../package.json";
import { manPage } from "./man.ts";
import { TARGETS, type Target } from "./targets.ts";

const root = join(import.meta.dirname, "..");

/** The package of a platform. */
export const packageOf = (target: Target): string => `@taskmux/${target}`;

/**
 * Makes the npm packages in `DIST/npm` from scratch: one a platform with nothing but the binary `DIST/taskmux-TARGET`,
 * and `taskmux` with a launcher and the manual page, which depends on all of them; a package manager installs the one that fits. Nothing runs
 * on an install. `repository` is OWNER/NAME on GitHub: npm asks for it where it is to prove what a package was made of.
 * Returns the directories in the order in which they are to be published.
 */
export function makePackages(
  made: readonly Target[],
  repository: string | undefined,
  dist = join(root, "dist"),
): string[] {
  const directory = join(dist, "npm");
  rmSync(directory, { recursive: true, force: true });
  const common = commonFields(repository);
  const platforms = made.map((target) => makePlatform(target, common, dist));
  return [...platforms, makeMain(common, join(directory, "taskmux"))];
}

function commonFields(repository: string | undefined) {
  const { version, license } = manifest;
  const url = `git+https://github.com/${repository}.git`;
  return { version, license, ...(repository && { repository: { type: "git", url } }) };
}

function makePlatform(target: Target, common: object, dist: string): string {
  const [os = "", cpu = "", libc] = target.split("-");
  const directory = join(dist, "npm", target);
  write(directory, {
    name: packageOf(target),
    description: `taskmux for ${target}`,
    ...common,
    os: [os],
    cpu: [cpu],
    ...(os === "linux" && { libc: [libc ?? "glibc"] }),
    files: ["bin"],
    // It can't be run out of an archive.
    preferUnplugged: true,
  });
  const binary = join(directory, "bin/taskmux");
  copyFileSync(join(dist, `taskmux-${target}`), binary);
  chmodSync(binary, 0o755);
  return directory;
}

function makeMain(common: object, directory: string): string {
  const { name, description, version } = manifest;
  write(directory, {
    name,
    description,
    ...common,
    bin: { taskmux: "bin/taskmux.cjs" },
    man: "man/taskmux.1",
    files: ["bin", "man"],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(TARGETS.map((each) => [packageOf(each), version])),
  });
  copyFileSync(join(root, "scripts/npm-launcher.cjs"), join(directory, "bin/taskmux.cjs"));
  chmodSync(join(directory, "bin/taskmux.cjs"), 0o755);
  mkdirSync(join(directory, "man"));
  writeFileSync(join(directory, "man/taskmux.1"), manPage());
  copyFileSync(join(root, "README.md"), join(directory, "README.md"));
  return directory;
}

function write(directory: string, fields: object): void {
  mkdirSync(join(directory, "bin"), { recursive: true });
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(fields, null, 2)}\n`);
  copyFileSync(join(root, "LICENSE"), join(directory, "LICENSE"));
}

if (import.meta.main) {
  console.log(makePackages(TARGETS, process.env["GITHUB_REPOSITORY"]).join("\n"));
}
