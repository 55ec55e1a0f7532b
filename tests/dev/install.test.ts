import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { archive, sumsOf } from "../../scripts/release.ts";
import { builtBinary, root } from "../helpers/binary.ts";
import type { Output } from "../helpers/command.ts";
import { eventually } from "../helpers/eventually.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** Programs of every system that the installer may use; tmux is not one of them. */
const USUAL =
  "awk cat chmod cp cut dirname env grep gzip ls mkdir mv rm sh sha256sum sleep tar touch uname".split(
    " ",
  );

/** A release: by name, the archives of a program that says which target it is. */
function releaseOf(...targets: string[]): Map<string, Uint8Array> {
  return releaseSaying((target) => target, targets);
}

/** `says`: what the program of a target calls its version. */
function releaseSaying(
  says: (target: string) => string,
  targets: string[],
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const target of targets) {
    const program = `#!/bin/sh\necho "taskmux ${says(target)}"\n`;
    files.set(`taskmux-${target}.tar.gz`, archive(Buffer.from(program)));
  }
  return files.set("SHA256SUMS", Buffer.from(sumsOf(files)));
}

const every = releaseOf("linux-x64", "linux-arm64", "linux-x64-musl", "darwin-x64", "darwin-arm64");
const files = new Map<string, Uint8Array>();
const put = (place: string, release: Map<string, Uint8Array>) => {
  for (const [name, bytes] of release) files.set(`/${place}/${name}`, bytes);
};
put("v1", every);
put(
  "wrong",
  new Map([...every, ["taskmux-linux-x64.tar.gz", archive(Buffer.from("#!/bin/sh\n"))]]),
);
put("unlisted", new Map([...every, ["SHA256SUMS", Buffer.from(sumsOf(new Map()))]]));
put(
  "v1.2.3",
  releaseSaying(() => "1.2.3", ["linux-x64"]),
);
put("silent", new Map([...every].filter(([name]) => name !== "SHA256SUMS")));

let server: Bun.Server<undefined>;
beforeAll(() => {
  const fetch = ({ url }: Request) => {
    const bytes = files.get(new URL(url).pathname);
    return bytes ? new Response(new Uint8Array(bytes)) : new Response("none", { status: 404 });
  };
  server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
});
afterAll(() => server.stop(true));

const machine = (system: string, cpu: string) =>
  `#!/bin/sh\n[ "$1" = -s ] && echo ${system} || echo ${cpu}\n`;

const linux = { uname: machine("Linux", "x86_64"), ldd: "#!/bin/sh\necho 'ldd (GNU libc) 2.36'\n" };

/** What this machine downloads with: tests that download are skipped where it has neither. */
const downloader = ["curl", "wget"].find((name) => Bun.which(name) !== null);
const downloading = test.skipIf(downloader === undefined);

/** A machine with only the usual programs, curl (or wget) and those given; one that is null is taken away. */
function createMachine(
  programs: Record<string, string | null> = {},
  fetcher = downloader ?? "curl",
) {
  const world = createWorld();
  const bin = join(world.root, "bin");
  mkdirSync(bin);
  const given: Record<string, string | null> = { ...linux, ...programs };
  for (const name of [...USUAL, fetcher].filter((each) => !(each in given))) {
    const found = Bun.which(name);
    if (found) symlinkSync(found, join(bin, name));
  }
  for (const [name, script] of Object.entries(given)) {
    if (script !== null) world.write(`../bin/${name}`, script, 0o755);
  }
  const directory = join(world.home, ".local/bin");
  const install = (
    { place = "v1", env = {}, shell = ["sh"] }: InstallOptions = {},
    ...args: string[]
  ): Promise<Output> =>
    world.runProgram(
      [
        ...shell.map((each, at) => (at === 0 ? Bun.which(each)! : each)),
        join(root, "install.sh"),
        ...args,
      ],
      {
        env: { PATH: bin, TASKMUX_BASE_URL: `${server.url.href}${place}/`, ...env },
      },
    );
  return { world, directory, install, installed: join(directory, "taskmux") };
}

interface InstallOptions {
  /** Which release of the server. */
  place?: string;
  env?: Record<string, string | undefined>;
  shell?: string[];
}

const runs = (world: World, program: string) =>
  world.runProgram([program], { env: { PATH: "/usr/bin:/bin" } });

const SHELLS = [["sh"], ["dash"], ["bash", "--posix"], ["busybox", "sh"]];

downloading(
  "it installs the release for this machine, in every sh, and says what is still to do",
  async () => {
    for (const shell of SHELLS.filter(([name]) => Bun.which(name!))) {
      const { world, directory, install, installed } = createMachine();
      await using _ = world;
      const { exitCode, stdout, stderr } = await install({ shell });
      expect({ shell, exitCode, stdout, stderr }).toMatchObject({ exitCode: 0, stdout: "" });
      expect(stderr).toContain(`Installed taskmux linux-x64: ${installed}`);
      expect(stderr).toContain(`export PATH="${directory}:$PATH"`);
      expect(stderr).toContain("tmux 3.0a or newer, which is missing");
      expect((await runs(world, installed)).stdout).toBe("taskmux linux-x64\n");
      expect(readdirSync(directory)).toEqual(["taskmux"]);
      expect(statSync(installed).mode & 0o777).toBe(0o755);
    }
  },
);

downloading(
  "the man page comes next to a bin, where that can be made, and nowhere else",
  async () => {
    const { world, install } = createMachine();
    await using _ = world;
    const bins = ["a/bin", "b/programs", "c/bin"].map((path) => join(world.root, path));
    // Where root is, no mode forbids anything; a file in the way does.
    world.write("../c/share", "");
    for (const TASKMUX_INSTALL_DIR of bins) {
      const { exitCode, stderr } = await install({ env: { TASKMUX_INSTALL_DIR } });
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stderr.includes("man page")).toBe(TASKMUX_INSTALL_DIR.endsWith("a/bin"));
      expect(readdirSync(TASKMUX_INSTALL_DIR)).toEqual(["taskmux"]);
    }
    const page = join(world.root, "a/share/man/man1/taskmux.1");
    expect(readFileSync(page, "utf8")).toStartWith(".");
    expect(statSync(page).mode & 0o777).toBe(0o644);
    expect(existsSync(join(world.root, "b/share"))).toBe(false);
  },
);

const MUSL = "#!/bin/sh\necho 'musl libc (x86_64)' >&2; exit 1\n";
const ROSETTA = '#!/bin/sh\n[ "$2" = sysctl.proc_translated ] && echo 1\n';

downloading.each([
  ["Linux x86_64", {}, "linux-x64"],
  ["Linux aarch64", { uname: machine("Linux", "aarch64") }, "linux-arm64"],
  ["Linux x86_64 with musl", { ldd: MUSL }, "linux-x64-musl"],
  ["Darwin arm64", { uname: machine("Darwin", "arm64") }, "darwin-arm64"],
  ["Darwin x86_64", { uname: machine("Darwin", "x86_64") }, "darwin-x64"],
  ["Rosetta", { uname: machine("Darwin", "x86_64"), sysctl: ROSETTA }, "darwin-arm64"],
])("on %s it takes the right one", async (_name, programs, target) => {
  const { world, install } = createMachine(programs);
  await using _ = world;
  expect((await install()).stderr).toContain(`Installed taskmux ${target}:`);
});

downloading.each([
  ["a wrong checksum", { place: "wrong" }, "checksum of taskmux-linux-x64.tar.gz is wrong"],
  ["no checksum of it", { place: "unlisted" }, "SHA256SUMS says nothing of taskmux-linux-x64"],
  ["no checksums at all", { place: "silent" }, "SHA256SUMS could not be downloaded"],
  ["no such release", { place: "v9" }, "could not be downloaded"],
  ["no place to download from", { env: { TASKMUX_BASE_URL: "" } }, "--binary dist/taskmux"],
])("%s: nothing is installed, and what was there stays", async (_name, options, sentence) => {
  const { world, directory, install, installed } = createMachine();
  await using _ = world;
  world.write("../home/.local/bin/taskmux", "#!/bin/sh\necho old\n", 0o755);
  const { exitCode, stderr } = await install(options);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(sentence) });
  expect((await runs(world, installed)).stdout).toBe("old\n");
  expect(readdirSync(directory)).toEqual(["taskmux"]);
});

test.each([
  ["another system", { uname: machine("FreeBSD", "amd64") }, "not on FreeBSD"],
  ["another processor", { uname: machine("Linux", "riscv64") }, "this processor: riscv64"],
  ["no downloader", { curl: null, wget: null }, "needs curl or wget"],
  ["nothing for checksums", { sha256sum: null }, "sha256sum, shasum or openssl"],
])("%s is refused in words, before anything is downloaded", async (_name, programs, sentence) => {
  const { world, directory, install } = createMachine(programs);
  await using _ = world;
  const { exitCode, stderr } = await install();
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(sentence) });
  expect(stderr).not.toContain(".tar.gz\n");
  expect(existsSync(directory) ? readdirSync(directory) : []).toEqual([]);
});

downloading.each([
  ["1.2.4", "1.2.4"],
  ["1.10.0", "1.10.0"],
  ["2.0.0-rc.1", "2.0.0-rc.1"],
  ["1.2.3", "1.2.3"],
  ["1.2.3-rc.1", "1.2.3"],
  ["1.2.2", "1.2.3"],
  ["0.9.9", "1.2.3"],
  ["unknown", "1.2.3"],
])("where %s is installed, the newest release 1.2.3 leaves %s there", async (there, left) => {
  const { world, directory, install, installed } = createMachine();
  await using _ = world;
  world.write("../home/.local/bin/taskmux", `#!/bin/sh\necho "taskmux ${there}"\n`, 0o755);
  const { exitCode, stderr } = await install({ place: "v1.2.3" });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect((await runs(world, installed)).stdout).toBe(`taskmux ${left}\n`);
  expect(stderr.includes("it stays")).toBe(!stderr.includes("Installed"));
  expect(readdirSync(directory)).toEqual(["taskmux"]);
});

downloading("an older release is installed where its version is named", async () => {
  const { world, install, installed } = createMachine();
  await using _ = world;
  world.write("../home/.local/bin/taskmux", '#!/bin/sh\necho "taskmux 9.0.0"\n', 0o755);
  await install({ place: "v1.2.3", env: { TASKMUX_VERSION: "1.2.3" } });
  expect((await runs(world, installed)).stdout).toBe("taskmux 1.2.3\n");
});

test.skipIf(Bun.which("wget") === null)(
  "it installs with wget, and with any program for checksums",
  async () => {
    for (const name of ["shasum", "openssl"].filter((each) => Bun.which(each))) {
      const { world, install } = createMachine({ sha256sum: null }, "wget");
      await using _ = world;
      symlinkSync(Bun.which(name)!, join(world.root, "bin", name));
      if (name === "shasum") symlinkSync(Bun.which("perl")!, join(world.root, "bin/perl"));
      expect((await install()).stderr).toContain("Installed taskmux linux-x64");
    }
  },
);

test("a build of one's own is installed twice into a directory with a space, while the first one runs", async () => {
  const { world, install } = createMachine({ tmux: "#!/bin/sh\n" });
  await using _ = world;
  const directory = join(world.root, "my programs");
  const env = { TASKMUX_INSTALL_DIR: directory, PATH: `${world.root}/bin:${directory}` };
  const first = await install({ env }, "--binary", builtBinary());
  expect(first.stderr).toBe(`Installed taskmux ${version}: ${directory}/taskmux\n`);
  world.writeConfig('name = "x"\n[tasks]\nweb = "sleep 1000"\n');
  const running = world.spawnProgram([`${directory}/taskmux`, "logs", "-f"]);
  const second = await install({ env }, "--binary", builtBinary());
  expect(second).toMatchObject({ exitCode: 0, stderr: first.stderr });
  running.signal("SIGTERM");
  await running.ended();
  expect(readdirSync(directory)).toEqual(["taskmux"]);
});

test("a file that is installed keeps its date", async () => {
  const { world, install, installed } = createMachine();
  await using _ = world;
  const program = world.write("program", '#!/bin/sh\necho "taskmux 1.0.0"\n', 0o755);
  utimesSync(program, 1_700_000_000, 1_700_000_000);
  const { exitCode, stderr } = await install({}, "--binary", program);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(statSync(installed).mtimeMs).toBe(1_700_000_000_000);
});

test("a binary that doesn't run here is not installed", async () => {
  const { world, directory, install, installed } = createMachine();
  await using _ = world;
  world.write("../home/.local/bin/taskmux", "old", 0o755);
  const broken = world.write("broken", "#!/bin/sh\nexit 3\n", 0o755);
  const { exitCode, stderr } = await install({}, "--binary", broken);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining("doesn't run on this machine"),
  });
  expect(readFileSync(installed, "utf8")).toBe("old");
  expect(readdirSync(directory)).toEqual(["taskmux"]);
  expect((await install({}, "--binary", "missing")).stderr).toContain("missing is no file");
});

test("a directory that can't be written to is refused in words", async () => {
  const { world, install } = createMachine();
  await using _ = world;
  const file = world.write("file", "");
  // Where root is, no mode forbids anything; a file in the way does.
  const { exitCode, stderr } = await install({ env: { TASKMUX_INSTALL_DIR: `${file}/bin` } });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining(`${file}/bin can't be made. Set TASKMUX_INSTALL_DIR`),
  });
  const closed = await install({ env: { TASKMUX_INSTALL_DIR: "/proc" } });
  expect(closed.stderr).toContain(process.platform === "linux" ? "/proc can't be written to" : "");
});

test("of a script that was cut short nothing runs", async () => {
  const { world, directory } = createMachine();
  await using _ = world;
  const script = readFileSync(join(root, "install.sh"), "utf8");
  for (let length = 0; length < script.length - 'main "$@"\n'.length; length += 97) {
    writeFileSync(join(world.project, "install.sh"), script.slice(0, length));
    await world.runProgram(["sh", "install.sh"], {
      env: { TASKMUX_BASE_URL: `${server.url.href}v1` },
    });
  }
  expect(existsSync(directory)).toBe(false);
});

test("an interrupted install leaves nothing", async () => {
  const { world, directory, installed } = createMachine();
  await using _ = world;
  const slow = world.write(
    "slow",
    '#!/bin/sh\necho $$ >"$HOME/pid.part"; mv "$HOME/pid.part" "$HOME/pid"\nexec sleep 1000\n',
    0o755,
  );
  const script = world.spawnProgram(["sh", join(root, "install.sh"), "--binary", slow]);
  const pid = await eventually(() => Number(readFileSync(join(world.home, "pid"), "utf8")));
  script.signal("SIGTERM");
  // The shell heeds it once the program that it waits for has ended.
  process.kill(pid, "SIGTERM");
  await script.ended();
  expect(existsSync(installed)).toBe(false);
  expect(readdirSync(directory)).toEqual([]);
});

test("a release's installer knows where the release is", async () => {
  const { world } = createMachine();
  await using _ = world;
  const { packRelease } = await import("../../scripts/release.ts");
  const dist = join(world.root, "dist");
  mkdirSync(dist);
  copyFileSync("/bin/sh", join(dist, "taskmux-linux-x64"));
  packRelease(["linux-x64"], "someone/taskmux", dist);
  const made = readdirSync(join(dist, "release")).toSorted();
  expect(made).toEqual(["SHA256SUMS", "install.sh", "taskmux-linux-x64.tar.gz"]);
  const text = readFileSync(join(dist, "release/install.sh"), "utf8");
  expect(text).toContain("\nrepository=someone/taskmux\n");
  const sums = readFileSync(join(dist, "release/SHA256SUMS"), "utf8");
  packRelease(["linux-x64"], "someone/taskmux", dist);
  expect(readFileSync(join(dist, "release/SHA256SUMS"), "utf8")).toBe(sums);
  const unpack = ["tar", "-xzf", join(dist, "release/taskmux-linux-x64.tar.gz"), "-C", dist];
  await world.runProgram(unpack);
  expect(readFileSync(join(dist, "taskmux"))).toEqual(readFileSync("/bin/sh"));
  expect(statSync(join(dist, "taskmux")).mode & 0o777).toBe(0o755);
});
