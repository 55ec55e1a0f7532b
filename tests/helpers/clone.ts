import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageManager } from "../../package.json";
import { root } from "./binary.ts";
import type { Output, Running } from "./command.ts";
import type { World } from "./world.ts";

/** The pinned Bun's. */
export const version = packageManager.replace("bun@", "");

/** Stands for Bun: says its version, and "installs" what every platform's linter is called here. */
export const BUN = `#!/bin/sh
case $1 in
  --version) echo ${version} ;;
  install) mkdir -p node_modules/oxlint; echo install >>"$CALLS" ;;
  scripts/with-lock.ts) shift 2; exec "$@" ;;
  add) for last; do :; done; mkdir -p "node_modules/\${last%@*}"; echo "add $last" >>"$CALLS" ;;
  *) echo "bun $*" ;;
esac
`;

/** Stands for npm: puts that Bun where the package of this platform has its binary. */
export const NPM = `#!/bin/sh
echo "npm $*" >>"$CALLS"
while [ $# -gt 1 ]; do [ "$1" != --prefix ] || prefix=$2; shift; done
bin=$prefix/node_modules/\${1%@*}/bin
mkdir -p "$bin" && cp "$HOME/bun" "$bin/bun"
`;

/** A clone in a directory with a space, and a machine on which only `programs` are next to the usual ones. */
export function createClone(world: World, programs: Record<string, string>) {
  const tree = join(world.root, "a clone");
  mkdirSync(tree);
  for (const name of ["dev", "package.json", "bun.lock", "bunfig.toml"]) {
    copyFileSync(join(root, name), join(tree, name));
  }
  world.write("../home/bun", BUN, 0o755);
  // What `dev test` wants and the machine may lack: nothing is really installed.
  const wanted = { zsh: "#!/bin/sh\n", fish: "#!/bin/sh\n", ps: "#!/bin/sh\n" };
  for (const [name, script] of Object.entries({ ...wanted, ...programs }))
    world.write(`../bin/${name}`, script, 0o755);
  const calls = join(world.root, "calls");
  const env = { PATH: `${world.root}/bin:/usr/bin:/bin`, CALLS: calls, CHROMIUM: "there is one" };
  return {
    tree,
    dev: (changes: Record<string, string>, ...args: string[]): Promise<Output> =>
      world.runProgram(["sh", "./dev", ...args], { cwd: tree, env: { ...env, ...changes } }),
    start: (...args: string[]): Running =>
      world.spawnProgram(["sh", "./dev", ...args], { cwd: tree, env }),
    devWith: (shell: string[], ...args: string[]): Promise<Output> =>
      world.runProgram([...shell, "./dev", ...args], { cwd: tree, env }),
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : []),
  };
}
