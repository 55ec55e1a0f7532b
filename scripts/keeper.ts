import { readFileSync } from "node:fs";
import { join } from "node:path";

const directory = join(import.meta.dir, "../src/adapters/launch");
const source = join(directory, "keeper.c");
const sources = ["keeper.c", "records.c", "launcher.c", "log-pipe.c"].map((name) =>
  join(directory, name),
);
const target = join(directory, "keeper.generated.ts");

/** keeper.generated.ts was made with gcc 12.2 of Debian 12: gcc and gcc-aarch64-linux-gnu; on an arm64 machine: gcc-x86-64-linux-gnu and gcc. */
const COMPILERS = { x64: "x86_64-linux-gnu-gcc", arm64: "aarch64-linux-gnu-gcc" };

const flags = [
  "-static -nostdlib -ffreestanding -fno-builtin -Os -Wall -Wextra -Werror -fno-pic -no-pie",
  "-fno-stack-protector -fno-asynchronous-unwind-tables -s",
  "-Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack",
].flatMap((line) => line.split(" "));

/** SHA-256 of the sources: a test compares it with the one that keeper.generated.ts was made from. */
export function sourceHash(): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const path of sources) hasher.update(readFileSync(path));
  return hasher.digest("hex");
}

/** Compiles the sources for one processor. */
export function compiled(cpu: keyof typeof COMPILERS): Buffer {
  const output = join(process.env["TMPDIR"] ?? "/tmp", `keeper-${cpu}-${process.pid}`);
  const argv = [COMPILERS[cpu], ...flags, "-o", output, source];
  const { exitCode, stderr } = Bun.spawnSync(argv);
  if (exitCode !== 0) throw new Error(`${COMPILERS[cpu]}: ${stderr.toString()}`);
  try {
    return readFileSync(output);
  } finally {
    Bun.spawnSync(["rm", "-f", output]);
  }
}

function generated(): string {
  return [
    "// keeper.c and what it includes, compiled by `bun scripts/keeper.ts`. Don't edit.",
    `export const keeperSource = "${sourceHash()}";`,
    "/** The executables for Linux, base64, by `process.arch`. */",
    `export const keepers: Readonly<Record<string, string>> = {`,
    `  x64: "${compiled("x64").toString("base64")}",`,
    `  arm64: "${compiled("arm64").toString("base64")}",`,
    "};",
    "",
  ].join("\n");
}

if (import.meta.main) {
  await Bun.write(target, generated());
  Bun.spawnSync([process.execPath, "fmt", target]);
}
