import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { runtimeOf } from "../../scripts/runtimes.ts";
import { root } from "./binary.ts";
import { hasMounts } from "./mounts.ts";

/** Where Debian's and Ubuntu's package `musl` puts the loader, and where its programs look for it. */
const LOADER = "/lib/ld-musl-x86_64.so.1";

/** A package whose wheel carries the C++ library of a system with musl, which no package of Debian does. */
const WHEEL = {
  name: "contourpy",
  version: "1.3.0",
  sha256: "e1fd23e9d01591bab45546c089ae89d926917a66dceb3abcf01f6105d927e2cb",
};

/** The files of the C++ library. */
type Libraries = readonly string[];

/**
 * What a root with musl needs beside the binary. Null where this machine can't make one; it says why where it has
 * musl.
 */
export async function muslLibraries(): Promise<Libraries | null> {
  if (process.arch !== "x64" || !hasMounts || !existsSync(LOADER)) return null;
  try {
    const missing = ["busybox", "tmux", "ldd", "python3"].filter(
      (name) => Bun.which(name) === null,
    );
    if (missing.length > 0) throw new Error(`${missing.join(", ")} not found`);
    checkVersion();
    await runtimeOf("linux-x64-musl");
    return unpackedWheel();
  } catch (error) {
    console.error(`No root with musl is made: ${String(error)}`);
    return null;
  }
}

/** The library's relocations (DT_RELR) are such as musl reads since 1.2.4. */
function checkVersion(): void {
  // Without arguments musl's loader says what it is.
  const said = Bun.spawnSync([LOADER]).stderr.toString();
  const version = /^Version (\S+)$/m.exec(said)?.[1] ?? "";
  if (!Bun.semver.satisfies(version, ">=1.2.4")) throw new Error(`musl ${version} is too old`);
}

/** Downloaded once; made in a stage and moved into place when it is whole. */
function unpackedWheel(): Libraries {
  const { name, version, sha256 } = WHEEL;
  const directory = join(root, `.tools/${name}-${version}-musl`);
  if (!existsSync(directory)) {
    const stage = join(root, `.tools/stage.${process.pid}`);
    mkdirSync(stage, { recursive: true });
    try {
      const requirements = join(stage, "requirements");
      writeFileSync(requirements, `${name}==${version} --hash=sha256:${sha256}\n`);
      const wheel = ["--platform=musllinux_1_2_x86_64", "--python-version=3.11", "--no-deps"];
      const from = ["--only-binary=:all:", "--require-hashes", `--requirement=${requirements}`];
      python("pip", "download", "--quiet", `--dest=${stage}`, ...wheel, ...from);
      const [archive] = readdirSync(stage).filter((file) => file.endsWith(".whl"));
      python("zipfile", "--extract", join(stage, archive!), join(stage, "unpacked"));
      renameSync(join(stage, `unpacked/${name}.libs`), directory);
    } finally {
      rmSync(stage, { recursive: true });
    }
  }
  return readdirSync(directory).map((file) => join(directory, file));
}

function python(...module: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["python3", "-m", ...module]);
  if (exitCode !== 0)
    throw new Error(`python3 -m ${module.join(" ")}: ${stderr.toString().trim()}`);
}

/**
 * Makes in `directory` what a small system with musl has: musl and the C++ library for `binary`, which becomes
 * `/usr/bin/taskmux`, and BusyBox as its shell and tools. tmux is this machine's, with its own libraries.
 */
export function makeMuslRoot(directory: string, binary: string, libraries: Libraries): void {
  const put = (from: string, to: string): void => {
    mkdirSync(dirname(join(directory, to)), { recursive: true });
    copyFileSync(realpathSync(from), join(directory, to));
    chmodSync(join(directory, to), 0o755);
  };
  for (const name of ["bin", "dev", "proc", "tmp", "root"])
    mkdirSync(join(directory, name), { recursive: true });
  put(LOADER, LOADER);
  symlinkSync(basename(LOADER), join(directory, "lib/libc.musl-x86_64.so.1"));
  for (const path of libraries) put(path, `usr/lib/${nameToLoad(path)}`);
  put(binary, "usr/bin/taskmux");
  for (const [name, place] of [
    ["busybox", "bin/busybox"],
    ["tmux", "usr/bin/tmux"],
  ] as const) {
    const path = Bun.which(name)!;
    put(path, place);
    for (const library of sharedLibraries(path)) put(library, library);
  }
  // tmux runs in a UTF-8 locale only.
  const locale = "/usr/lib/locale/C.utf8";
  if (existsSync(locale)) cpSync(locale, join(directory, locale), { recursive: true });
  const applets = Bun.spawnSync(["busybox", "--list"]).stdout.toString().trim().split("\n");
  for (const applet of applets.filter((name) => name !== "busybox"))
    symlinkSync("busybox", join(directory, "bin", applet));
}

/** The wheel's own name of the C++ library has a hash in it; programs ask for the usual one. */
const nameToLoad = (path: string): string =>
  basename(path).startsWith("libstdc++-") ? "libstdc++.so.6" : basename(path);

/** The paths of the libraries of a program of this machine, its loader too; none of a static one. */
const sharedLibraries = (path: string): string[] =>
  [
    ...Bun.spawnSync(["ldd", path])
      .stdout.toString()
      .matchAll(/(\/\S+) \(0x/g),
  ].map(([, library]) => library!);

/** The argument list that runs a sh script in the root, with mounts and processes of its own that end with it. */
export const inMuslRoot = (directory: string, script: string): string[] => {
  const mounts = 'mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc"';
  const enter = `${mounts} && exec chroot "$1" /bin/sh -euc "$2"`;
  const apart = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"];
  return [...apart, "sh", "-euc", enter, "sh", directory, script];
};
