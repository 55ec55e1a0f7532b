import { expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { hasMounts } from "../helpers/mounts.ts";
import { createWorld, type World } from "../helpers/world.ts";

const hasCompiler = Bun.which("cc") !== null;
const [cpu, triplet] =
  process.arch === "arm64" ? ["aarch64", "aarch64-linux-gnu"] : ["x86_64", "x86_64-linux-gnu"];
const foreign = process.platform === "linux" && Bun.which("ldd") !== null && hasCompiler;

/** A shared library whose constructor writes a file. */
async function compileDecoy(world: World): Promise<{ library: string; ran: string }> {
  const ran = join(world.root, "ran");
  const source = world.write(
    "decoy.c",
    `#include <fcntl.h>\n__attribute__((constructor)) void run(void) { open("${ran}", O_CREAT | O_WRONLY, 0600); }\n`,
  );
  const library = join(world.root, "decoy.so");
  const built = await world.runProgram(["cc", "-shared", "-fPIC", "-o", library, source]);
  expect(built).toMatchObject({ exitCode: 0 });
  return { library, ran };
}

const NAMES = [
  `libc.musl-${cpu}.so.1`,
  `ld-musl-${cpu}.so.1`,
  "libc.so.6",
  "libc.so",
  "libSystem.B.dylib",
];

function plant(world: World, library: string): void {
  for (const name of NAMES) copyFileSync(library, join(world.project, name));
}

const COMMANDS = [["check"], ["start"], ["status"], ["logs"], ["stop"]];

test.skipIf(!hasCompiler)("no C library of the current directory is ever loaded", async () => {
  await using world = createWorld();
  world.writeConfig('name = "decoy"\n[tasks]\nweb = "exec sleep 1000"\n');
  const { library, ran } = await compileDecoy(world);
  plant(world, library);
  for (const args of COMMANDS) expect(await world.run(args)).toMatchObject({ exitCode: 0 });
  expect(existsSync(ran)).toBe(false);
});

test.skipIf(!foreign || !hasMounts)(
  "another C library's loader in the system's place is not loaded",
  async () => {
    await using world = createWorld();
    world.writeConfig('name = "decoy"\n[tasks]\nweb = "exec sleep 1000"\n');
    const { library, ran } = await compileDecoy(world);
    plant(world, library);
    // On glibc musl's loader, as Debian's package puts it next to glibc's; on musl glibc's.
    const isMusl =
      existsSync(`/lib/ld-musl-${cpu}.so.1`) && !existsSync(`/lib/${triplet}/libc.so.6`);
    const name = isMusl ? "libc.so.6" : `ld-musl-${cpu}.so.1`;
    const [upper, work] = [join(world.root, "upper"), join(world.root, "work")];
    for (const directory of [upper, work]) mkdirSync(directory);
    copyFileSync(library, join(upper, name));
    const script = `
      mount -t tmpfs tmpfs "$1" && mkdir "$1/u" "$1/w" && cp "$2/${name}" "$1/u/" || exit 90
      lib=$(readlink -f /lib)
      mount -t overlay overlay -o "lowerdir=$lib,upperdir=$1/u,workdir=$1/w" "$lib" || exit 91
      [ -e /lib/${name} ] || exit 92
      for command in check start status stop; do "$3" $command >/dev/null 2>&1 || exit "$?"; done`;
    const argv = ["unshare", "-m", "sh", "-c", script, "sh", work, upper, builtBinary()];
    expect(await world.runProgram(argv)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(existsSync(ran)).toBe(false);
  },
);
