import { expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { devDependencies } from "../../package.json";
import { root } from "../helpers/binary.ts";
import { createClone, NPM, version, BUN } from "../helpers/clone.ts";
import { eventually } from "../helpers/eventually.ts";
import { createWorld, type World } from "../helpers/world.ts";

const SHELLS = [
  ["dash"],
  ["bash"],
  ["bash", "--posix"],
  ["busybox", "sh"],
  ["zsh", "--emulate", "sh"],
];

test("dev installs the pinned Bun through npm once, in every sh, without its install scripts", async () => {
  for (const [program = "", ...options] of SHELLS.filter(([name = ""]) => Bun.which(name))) {
    const shell = [Bun.which(program)!, ...options];
    await using world = createWorld();
    const clone = createClone(world, { npm: NPM });
    expect((await clone.devWith(shell, "bun", "one", "two words")).stdout).toBe(
      "bun one two words\n",
    );
    expect((await clone.devWith(shell, "bun", "three")).stdout).toBe("bun three\n");
    expect(clone.calls()).toHaveLength(1);
    expect(clone.calls()[0]).toMatch(new RegExp(`--ignore-scripts.* @oven/bun-\\S+@${version}$`));
    expect(readdirSync(join(clone.tree, ".tools"))).toEqual([`bun-${version}`]);
  }
});

test("dev installs the dependencies once, and again when the lock file changes", async () => {
  await using world = createWorld();
  const clone = createClone(world, { npm: NPM, tmux: "#!/bin/sh\n" });
  await clone.dev({}, "test");
  await clone.dev({}, "test");
  const installs = () => clone.calls().filter((call) => call === "install").length;
  expect(installs()).toBe(1);
  world.write("../a clone/bun.lock", "{}\n");
  await clone.dev({}, "test");
  expect(installs()).toBe(2);
});

test("two that install at once: the second waits, and takes what the first installed", async () => {
  await using world = createWorld();
  const clone = createClone(world, { npm: NPM, tmux: "#!/bin/sh\n" });
  mkdirSync(join(clone.tree, "scripts"));
  copyFileSync(join(root, "scripts/with-lock.ts"), join(clone.tree, "scripts/with-lock.ts"));
  const go = join(world.root, "go");
  // The first to install waits until the other has asked for the lock.
  const slow = BUN.replace(
    "mkdir -p node_modules/oxlint;",
    `until [ -e "${go}" ]; do sleep 0.01; done; mkdir -p node_modules/oxlint;`,
  ).replace('shift 2; exec "$@"', `exec "${process.execPath}" "$@"`);
  world.write("../home/bun", slow, 0o755);
  await clone.dev({}, "bun", "ready");
  const both = ["one", "two"].map(() => clone.start("build"));
  await eventually(() => both.some((each) => each.stderr().includes("waiting for it")));
  world.write("../go", "");
  const ended = await Promise.all(both.map((each) => each.ended()));
  expect(ended.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
    [0, "bun build.ts\n"],
    [0, "bun build.ts\n"],
  ]);
  expect(clone.calls().filter((call) => call === "install")).toHaveLength(1);
  expect(readdirSync(join(clone.tree, ".tools")).sort()).toEqual([`bun-${version}`, "lock"]);
});

test("dev adds the linter of a platform that the lock file lacks", async () => {
  await using world = createWorld();
  const clone = createClone(world, { npm: NPM, tmux: "#!/bin/sh\n" });
  await clone.dev({}, "test");
  const added = clone.calls().filter((call) => call.startsWith("add "));
  expect(added.map((call) => call.replace(/\/\S+@/, "/*@"))).toEqual([
    `add @oxlint/*@${devDependencies.oxlint}`,
    `add @oxlint-tsgolint/*@${devDependencies["oxlint-tsgolint"]}`,
  ]);
});

test("an install that fails or is cut short leaves nothing, and the next one is whole", async () => {
  await using world = createWorld();
  const clone = createClone(world, {
    npm: "#!/bin/sh\nmkdir -p $3/node_modules\necho no network\nexit 1\n",
    curl: "#!/bin/sh\nexit 6\n",
  });
  const failed = await clone.dev({}, "test");
  expect(failed.exitCode).toBe(1);
  expect(failed.stderr).toContain("no network");
  expect(failed.stdout).toBe("0 passed, 1 failed\n");
  expect(readdirSync(join(clone.tree, ".tools"))).toEqual([]);

  world.write("../a clone/.tools/stage.999999999/node_modules/half", "");
  world.write("../bin/npm", NPM, 0o755);
  expect((await clone.dev({}, "bun", "ready")).stdout).toBe("bun ready\n");
  expect(readdirSync(join(clone.tree, ".tools"))).toEqual([`bun-${version}`]);
});

test("without npm Bun comes from its own installer, which gets a home directory of its own", async () => {
  await using world = createWorld();
  const installer = `printf '%s\\n' "$1 $SHELL" >>"$CALLS"; mkdir -p "$BUN_INSTALL/bin"; cp "${world.home}/bun" "$BUN_INSTALL/bin/bun"; touch "$HOME/.bashrc"`;
  const curl = `#!/bin/sh\nfor last; do :; done\ncat >"$last" <<'END'\n${installer}\nEND\n`;
  const failing = "#!/bin/sh\nexit 1\n";
  const clone = createClone(world, { npm: failing, curl, unzip: "#!/bin/sh\n" });
  expect((await clone.dev({}, "bun", "ready")).stdout).toBe("bun ready\n");
  expect(clone.calls()).toEqual([`bun-v${version} /bin/sh`]);
  expect(existsSync(join(world.home, ".bashrc"))).toBe(false);
});

/** A PATH on which there is nothing but what every system has, so no tmux. */
function plainPath(world: World): string {
  const usual = "cat cksum cp env grep ldd ls mkdir mv rm sed sh sysctl uname dirname".split(" ");
  for (const name of usual) {
    const program = Bun.which(name, { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" });
    mkdirSync(join(world.root, "plain"), { recursive: true });
    if (program) symlinkSync(program, join(world.root, "plain", name));
  }
  return `${world.root}/bin:${world.root}/plain`;
}

const USER = {
  npm: NPM,
  id: "#!/bin/sh\necho 1000\n",
  uname: "#!/bin/sh\n[ $1 = -s ] && echo Linux || echo x86_64\n",
};

test("dev installs tmux with the platform's package manager, as root through sudo, and refreshes a stale list", async () => {
  await using world = createWorld();
  const aptGet = `#!/bin/sh
echo "apt-get $*" >>"$CALLS"
[ "$1" != update ] || { : >"$HOME/updated"; exit 0; }
[ -e "$HOME/updated" ] || exit 100
printf '#!/bin/sh\\n' >"${world.root}/bin/tmux" && chmod +x "${world.root}/bin/tmux"
`;
  const sudo = '#!/bin/sh\necho sudo >>"$CALLS"\nexec "$@"\n';
  const clone = createClone(world, { ...USER, "apt-get": aptGet, sudo });
  symlinkSync("/bin/chmod", join(world.root, "bin/chmod"));
  const { stderr, exitCode } = await clone.dev({ PATH: plainPath(world) }, "build");
  expect({ stderr, exitCode }).toMatchObject({ exitCode: 0 });
  const install = "apt-get install -y --no-install-recommends tmux";
  expect(clone.calls().filter((call) => /^(apt|sudo)/.test(call))).toEqual([
    "sudo",
    install,
    "sudo",
    "apt-get update",
    "sudo",
    install,
  ]);
});

test("a tmux that cannot be installed is asked for in one clear message", async () => {
  await using world = createWorld();
  const clone = createClone(world, USER);
  const { stderr, exitCode } = await clone.dev({ PATH: plainPath(world) }, "try");
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    "tmux is missing and could not be installed.\nInstall it (3.0 or newer), then run this again.",
  );
});

test("what only some tests need is not asked for with a password, and continues without", async () => {
  await using world = createWorld();
  const sudo = '#!/bin/sh\necho "sudo $*" >>"$CALLS"\nexit 1\n';
  const clone = createClone(world, { ...USER, sudo, tmux: "#!/bin/sh\n" });
  rmSync(join(world.root, "bin/fish"));
  const { stdout, stderr } = await clone.dev({ PATH: plainPath(world) }, "test");
  expect(stderr).toContain("fish is missing: its tests are skipped.");
  expect(stdout).toContain("bun tests/checks.ts");
  expect(clone.calls()).toContain("sudo -n true");
});

test.each([
  ["installs a browser for the tests", 0, ""],
  ["does without a browser that can't be installed", 100, "will be skipped"],
])("dev test %s", async (_, status, note) => {
  await using world = createWorld();
  const aptGet = `#!/bin/sh\necho "apt-get $*" >>"$CALLS"\nexit ${status}\n`;
  const programs = {
    "apt-get": aptGet,
    sudo: '#!/bin/sh\n[ "$1" != -n ] || exit 0\nexec "$@"\n',
    tmux: "#!/bin/sh\n",
  };
  const clone = createClone(world, { ...USER, ...programs });
  const { stderr, exitCode } = await clone.dev({ PATH: plainPath(world), CHROMIUM: "" }, "test");
  expect({ stderr, exitCode }).toMatchObject({ exitCode: 0 });
  expect(clone.calls()).toContain("apt-get install -y --no-install-recommends chromium");
  expect(stderr).toContain(note);
});

test("what Ubuntu puts in place of a browser isn't taken for one", async () => {
  await using world = createWorld();
  const stub = '#!/bin/sh\necho "$0 requires the chromium snap to be installed." >&2\nexit 1\n';
  const clone = createClone(world, {
    ...USER,
    tmux: "#!/bin/sh\n",
    "chromium-browser": stub,
  });
  const args = { PATH: plainPath(world), CHROMIUM: "" };
  expect((await clone.dev(args, "test")).stderr).toContain("There is no Chromium or Chrome");
  world.write("../bin/chromium-browser", "#!/bin/sh\necho Chromium 150\n", 0o755);
  expect((await clone.dev(args, "test")).stderr).not.toContain("There is no Chromium");
});

test("ps is installed for the tests, or named with its package", async () => {
  await using world = createWorld();
  const aptGet = `#!/bin/sh
echo "apt-get $*" >>"$CALLS"
[ -e "$HOME/offers" ] || exit 100
printf '#!/bin/sh\\n' >"${world.root}/bin/ps" && chmod +x "${world.root}/bin/ps"
`;
  const sudo = '#!/bin/sh\nexec "$@"\n';
  const programs = { ...USER, "apt-get": aptGet, sudo, tmux: "#!/bin/sh\n" };
  const clone = createClone(world, programs);
  symlinkSync("/bin/chmod", join(world.root, "bin/chmod"));
  rmSync(join(world.root, "bin/ps"));
  const env = { PATH: plainPath(world) };
  const refused = await clone.dev(env, "test");
  expect(refused).toMatchObject({ exitCode: 1, stdout: "0 passed, 1 failed\n" });
  expect(refused.stderr).toContain(
    "ps is missing and could not be installed.\nInstall it (the package procps), then run this again.",
  );
  world.write("../home/offers", "");
  expect((await clone.dev(env, "test")).stdout).toContain("bun tests/checks.ts");
  expect(clone.calls()).toContain("apt-get install -y --no-install-recommends procps");
});

test("a wrong Bun is refused", async () => {
  await using world = createWorld();
  const clone = createClone(world, { npm: NPM });
  world.write("../home/bun", "#!/bin/sh\necho 1.0.0\n", 0o755);
  const refused = await clone.dev({}, "bun", "ready");
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain(`Bun 1.0.0 was installed instead of ${version}`);
});

test("the pinned Bun and the types of its API are of one version", () => {
  expect(devDependencies["@types/bun"]).toBe(version);
});
